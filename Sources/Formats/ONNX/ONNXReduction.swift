import Engine
import Platform

/// Sums, means, maxima and minima over axes of a row.
enum ONNXReduction {
  static func reduce(_ function: Reduction.Function) -> ONNXOperators.Importer {
    { call in
      let value = try call.rows(0)
      let keeps = try call.integer("keepdims", 1) != 0
      return [.rows(try call.apply(Reduction(function, axes: axes(call, value), keepsAxes: keeps), [value]))]
    }
  }

  // ln Σ e^x = m + ln Σ e^(x − m), with the maximum m
  static func logarithmOfSum(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let value = try call.rows(0)
    let axes = try axes(call, value)
    let largest = try call.apply(Reduction(.maximum, axes: axes, keepsAxes: true), [value])
    let below = try call.apply(Arithmetic(.subtract), [value, largest])
    let powers = try call.apply(Unary(.exponential), [below])
    let sum = try call.apply(Reduction(.sum, axes: axes, keepsAxes: true), [powers])
    let result = try call.apply(Arithmetic(.add), [call.apply(Unary(.logarithm), [sum]), largest])
    guard try call.integer("keepdims", 1) == 0 else { return [.rows(result)] }
    var dimensions = call.shape(value).dimensions
    dimensions.removeSubrange(axes)
    return [.rows(try call.reshape(result, dimensions))]
  }

  /// The reduced axes, counted without the rows.
  private static func axes(_ call: ONNXCall, _ value: Graph.ValueID) throws -> Range<Int> {
    let rank = call.rank(value)
    guard let axes = try call.integers(input: 1, attribute: "axes"), !axes.isEmpty else {
      throw call.unsupported("reduces over all axes, the rows among them")
    }
    let places = try axes.map { try call.rowAxis($0, rank: rank) }.sorted()
    guard let first = places.first, let last = places.last, places == Array(first...last) else {
      throw call.unsupported("reduces axes that are not neighbours: \(axes)")
    }
    return first..<(last + 1)
  }
}
