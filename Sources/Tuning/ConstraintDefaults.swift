import Configurations
import Fairness
import Platform

extension FairnessConfig {
  /// The constraint of an entry; nil if the entry is a penalty.
  ///
  /// - Parameter movesEachStep: whether multipliers are updated after every step.
  func constraint(movesEachStep: Bool) -> ConstraintSettings? {
    guard let tolerance else { return nil }
    return ConstraintSettings(
      tolerance: tolerance, rate: rate ?? (movesEachStep ? 0.05 : nil), most: most,
      damping: damping ?? (movesEachStep ? 5 : nil), minimumCount: Double(minimumCount),
      smallGroups: smallGroups, margin: confidence.map(ConstraintSettings.margin) ?? 1,
      leastTarget: confidence == nil ? 0.5 : 0, noWorse: noWorse)
  }
}
