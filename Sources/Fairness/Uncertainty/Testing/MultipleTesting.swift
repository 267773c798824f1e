/// Corrections of p values for the number of tests.
enum MultipleTesting {
  /// Adjusted p values: the smallest level at which each test would be rejected. Holm 1979 controls the
  /// probability of any false rejection, Benjamini and Hochberg 1995 the expected share of false rejections.
  static func adjusted(_ values: [Double], _ correction: UncertaintyOptions.Correction) -> [Double] {
    let count = values.count
    let order = values.indices.sorted { values[$0] < values[$1] }
    var adjusted = values
    switch correction {
    case .none: break
    case .holm:
      var bound = 0.0
      for (rank, index) in order.enumerated() {
        bound = max(bound, min(1, values[index] * Double(count - rank)))
        adjusted[index] = bound
      }
    case .benjaminiHochberg:
      var bound = 1.0
      for (rank, index) in order.enumerated().reversed() {
        bound = min(bound, values[index] * Double(count) / Double(rank + 1))
        adjusted[index] = bound
      }
    }
    return adjusted
  }
}
