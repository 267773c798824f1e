import Platform

/// The largest and smallest elements, sorting, and distinct elements.
enum ONNXRanking {
  static let table: [String: ONNXInterpreted.Function] = [
    "ArgMax": extreme { $0 > $1 }, "ArgMin": extreme { $0 < $1 }, "TopK": top, "NonZero": nonZero,
    "Unique": unique,
  ]

  private static func extreme(_ isBetter: @escaping (Double, Double) -> Bool) -> ONNXInterpreted.Function {
    { call in
      let x = try call.input(0)
      let axis = try call.axis("axis", 0, rank: x.rank)
      let takesLast = try call.integer("select_last_index", 0) != 0
      let (_, size, inner) = x.split(at: axis)
      var shape = x.dimensions
      if try call.integer("keepdims", 1) != 0 { shape[axis] = 1 } else { shape.remove(at: axis) }
      return [
        try ONNXArray(shape, .int64) { index in
          let start = index / inner * size * inner + index % inner
          var best = 0
          for place in 0..<size {
            let (value, known) = (x[start + place * inner], x[start + best * inner])
            if isBetter(value, known) || takesLast && value == known { best = place }
          }
          return Double(best)
        }
      ]
    }
  }

  private static func top(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let axis = try call.axis("axis", -1, rank: x.rank)
    let (outer, size, inner) = x.split(at: axis)
    let count = try call.optional(1)?.integers.first ?? call.integer("k", -1)
    guard (0...size).contains(count) else { throw call.invalid("takes more elements than there are") }
    let largest = try call.integer("largest", 1) != 0
    var shape = x.dimensions
    shape[axis] = count
    let (values, places) = (try ONNXArray(shape, x.element), try ONNXArray(shape, .int64))
    for line in 0..<outer * inner {
      let start = line / inner * size * inner + line % inner
      let order = (0..<size).sorted { a, b in
        let (first, second) = (x[start + a * inner], x[start + b * inner])
        return first == second ? a < b : largest ? first > second : first < second
      }
      for (rank, place) in order.prefix(count).enumerated() {
        let target = line / inner * count * inner + rank * inner + line % inner
        values.numbers.pointer[target] = x[start + place * inner]
        places.numbers.pointer[target] = Double(place)
      }
    }
    return [values, places]
  }

  private static func nonZero(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let places = (0..<x.count).filter { x[$0] != 0 }.map { ONNXArray.position($0, x.dimensions) }
    let rank = max(x.rank, 1)
    return [
      try ONNXArray([rank, places.count], .int64) { index in
        let (axis, place) = (index / max(places.count, 1), index % max(places.count, 1))
        return x.rank == 0 ? 0 : Double(places[place][axis])
      }
    ]
  }

  /// The distinct slices of an axis (or elements), in order; the first index of each, the slice of every
  /// index, and the counts.
  private static func unique(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let given = try call.input(0)
    let flattened = call.node.attributes["axis"] == nil
    let x = flattened ? try given.reshaped([given.count]) : given
    let axis = flattened ? 0 : try call.axis("axis", 0, rank: x.rank)
    let (outer, size, inner) = x.split(at: axis)
    let slices = (0..<size).map { place in
      (0..<outer * inner).map { x[$0 / inner * size * inner + place * inner + $0 % inner] }
    }
    var (known, firsts): ([[Double]: Int], [Int]) = ([:], [])
    var (members, counts): ([Int], [Int]) = ([], [])
    for (place, slice) in slices.enumerated() {
      if let found = known[slice] {
        counts[found] += 1
        members.append(found)
      } else {
        known[slice] = firsts.count
        members.append(firsts.count)
        firsts.append(place)
        counts.append(1)
      }
    }
    var order = Array(firsts.indices)
    if try call.integer("sorted", 1) != 0 {
      order.sort { slices[firsts[$0]].lexicographicallyPrecedes(slices[firsts[$1]]) }
    }
    var ranks = order
    for (rank, group) in order.enumerated() { ranks[group] = rank }
    var shape = x.dimensions
    shape[axis] = order.count
    let values = try x.picked(shape) { index in
      let (line, rank) = (index / inner, index % inner)
      return (line / order.count) * size * inner + firsts[order[line % order.count]] * inner + rank
    }
    return [
      values, try .integers(order.map { firsts[$0] }), try .integers(members.map { ranks[$0] }),
      try .integers(order.map { counts[$0] }),
    ]
  }
}
