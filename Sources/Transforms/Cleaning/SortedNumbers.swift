import Platform

/// The numbers of a column in ascending order, without missing ones.
struct SortedNumbers {
  let values: [Double]

  /// - Throws: `invalidData` (location: the column) if there is no number.
  init(_ numbers: Buffer<Double>, of column: String) throws {
    try Memory.requireRoom(forRows: numbers.count, for: "sorted numbers")
    values = numbers.array.filter { !$0.isNaN }.sorted()
    guard !values.isEmpty else { throw Failure.invalidColumn(column, "has no value in any row") }
  }

  /// The quantile by linear interpolation (Hyndman and Fan 1996, type 7).
  func quantile(_ share: Double) -> Double {
    let position = share * Double(values.count - 1)
    let place = min(max(0, Int(position)), values.count - 1)
    let next = min(place + 1, values.count - 1)
    let rest = position - Double(place)
    return rest == 0 ? values[place] : values[place] + rest * (values[next] - values[place])
  }
}
