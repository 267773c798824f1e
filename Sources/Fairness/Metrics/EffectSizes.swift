#if canImport(Glibc)
  import Glibc
#endif

extension FairnessMeasure {
  /// Cohen's d of the decisions: the difference of the selection rates in pooled standard deviations
  /// (Cohen 1988, section 2.2), the variance of a decision being p (1 − p).
  static let cohensD = FairnessMeasure(
    "cohens_d", "Selection rate of the others minus the reference group's, in standard deviations.",
    reads: .binaryDecisions, isSigned: true, needsLabels: false
  ) { frame in
    guard let (reference, others) = frame.referenceAndOthers(), let first = others.confusion,
      let second = reference.confusion
    else { return .undefined(reason: "there is no second group") }
    guard first.total > 0, second.total > 0, first.total + second.total > 2 else {
      return .undefined(reason: "there are too few rows")
    }
    let (p, q) = (first.selected / first.total, second.selected / second.total)
    let squares = max(0, first.total - 1) * p * (1 - p) + max(0, second.total - 1) * q * (1 - q)
    guard squares > 0 else { return .undefined(reason: "the decisions do not vary within the groups") }
    return .defined((p - q) / (squares / (first.total + second.total - 2)).squareRoot())
  }

  /// Cohen's h: 2 asin √p − 2 asin √q of the selection rates (Cohen 1988, section 6.2).
  static let cohensH = FairnessMeasure(
    "cohens_h", "Difference of the selection rates to the reference group on the arcsine scale.",
    reads: .binaryDecisions, isSigned: true, needsLabels: false
  ) { compare($0, .selectionRate) { .defined(2 * asin($0.squareRoot()) - 2 * asin($1.squareRoot())) } }
}
