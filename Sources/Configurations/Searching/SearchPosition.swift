import Platform

#if canImport(Glibc)
  import Glibc
#endif

// From positions between 0 and 1 to the values of a range.
extension SearchRange {
  /// The value at a position of the scale: 0 is `from`, 1 is `to`.
  package func value(at position: Double) -> JSONValue {
    let share = min(max(position, 0), 1)
    let value: Double
    switch scale {
    case .linear: value = from + share * (to - from)
    case .log: value = exp(log(from) + share * (log(to) - log(from)))
    }
    let inside = min(max(value, from), to)
    guard integer, let whole = Int(exactly: inside.rounded()) else { return .number(inside) }
    return .integer(whole)
  }

  /// The values of a grid, each once.
  var grid: [JSONValue] {
    var values: [JSONValue] = []
    for step in 0..<steps {
      let value = value(at: steps > 1 ? Double(step) / Double(steps - 1) : 0.5)
      if !values.contains(value) { values.append(value) }
    }
    return values
  }
}
