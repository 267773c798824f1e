/// Orders candidates: first those whose gaps are at most the tolerances at their upper confidence bounds, the best
/// quality first; then the others, the smallest sum of excesses first.
struct CandidateOrder {
  /// The tolerance of each goal of fairness; nil: the gap may have any size.
  let tolerances: [Double?]

  /// The sum of the upper bounds' excesses over the tolerances; 0: all tolerances hold.
  func excess(_ measurement: Measurement) -> Double {
    zip(measurement.gaps, tolerances).reduce(0) { sum, pair in
      sum + (pair.1.map { max(0, pair.0.upper - $0) } ?? 0)
    }
  }

  func isBetter(_ first: Measurement, than second: Measurement) -> Bool {
    let (own, other) = (excess(first), excess(second))
    return own != other ? own < other : first.merit > second.merit
  }

  /// The trials that were measured, the best first; of equal ones the earliest first.
  func sorted(_ trials: [Trial]) -> [Trial] {
    let measured = trials.compactMap { trial in trial.measurement.map { (trial, $0) } }
    return measured.sorted { first, second in
      if isBetter(first.1, than: second.1) { return true }
      if isBetter(second.1, than: first.1) { return false }
      return first.0.number < second.0.number
    }.map(\.0)
  }
}
