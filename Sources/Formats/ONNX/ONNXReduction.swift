import Engine
import Platform

/// Sums, means, maxima and minima over axes of a row.
enum ONNXReduction {
  static func reduce(_ function: Reduction.Function) -> ONNXOperators.Importer {
    { call in
      let value = try call.rows(0)
      let rank = call.rank(value)
      let keeps = try call.integer("keepdims", 1) != 0
      guard let axes = try call.integers(input: 1, attribute: "axes"), !axes.isEmpty else {
        throw call.unsupported("reduces over all axes, the rows among them")
      }
      let places = try axes.map { try call.rowAxis($0, rank: rank) }.sorted()
      guard let first = places.first, let last = places.last, places == Array(first...last) else {
        throw call.unsupported("reduces axes that are not neighbours: \(axes)")
      }
      return [.rows(try call.apply(Reduction(function, axes: first..<(last + 1), keepsAxes: keeps), [value]))]
    }
  }
}
