extension Metric {
  /// (p − e) / (1 − e), p the share of right decisions, e the share that would be right by chance
  /// (Cohen 1960).
  static let cohenKappa = Metric(
    "cohen_kappa", "Agreement of decisions and labels beyond chance.", better: .higher, of: .confusion,
    isDefault: false,
    isSigned: true
  ) { table in
    guard table.total > 0 else { return .undefined(reason: "no rows") }
    let chance = (0..<table.classes).reduce(0) {
      $0 + table.labelled($1) / table.total * (table.decided($1) / table.total)
    }
    guard chance < 1 else { return .undefined(reason: "all labels and decisions are equal") }
    return .defined((table.correct / table.total - chance) / (1 - chance))
  }
}
