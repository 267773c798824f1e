import Fairness
import Platform

extension FairnessConfig {
  /// - Throws: `invalidConfig` if a reduction cannot keep the objective.
  package func validateForReduction(at pointer: String) throws {
    guard weight == nil else {
      throw Failure.invalidConfig(
        "a reduction keeps tolerances and ratios; penalties with a weight are for training without one",
        at: pointer + "/weight")
    }
    guard !noWorse else {
      throw Failure.invalidConfig(
        "a reduction bounds gaps; training without one knows \"no_worse\"", at: pointer + "/no_worse")
    }
    guard signal == nil || signal == objective.defaultSignal, judgedBy == .decisions else {
      throw Failure.invalidConfig(
        "a reduction bounds the gaps of decisions or of losses; leave \"on\" and \"judged_by\" out",
        at: pointer + "/on")
    }
    guard !statistics.isEmpty, objective != .lossParity else {
      throw Failure.invalidConfig(
        "a reduction cannot keep \"\(objective.rawValue)\", whose costs would not be those of decisions; "
          + "gaps of rates and bounded_group_loss are accepted", at: pointer + "/objective")
    }
    if let refusal = ReductionTerm.refusal(statistics, disparity) {
      throw Failure.invalidConfig(
        "a reduction cannot keep this objective: \(refusal)", at: pointer + "/objective")
    }
    guard ratio == nil || disparity != .largest else {
      throw Failure.invalidConfig(
        "a bound on each group's loss is a number, not a ratio; \"tolerance\" is accepted",
        at: pointer + "/ratio")
    }
  }

  /// How the differences between groups are combined.
  package var disparity: Disparity { objective.disparity(gap) }
}
