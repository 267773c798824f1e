import Fairness
import Platform

extension FairnessConfig {
  /// The constraint that the entry asks for; nil: it is a penalty.
  var constraint: ConstraintSettings? {
    guard let tolerance else { return nil }
    return ConstraintSettings(
      tolerance: tolerance, rate: rate, most: most, damping: damping, minimumCount: Double(minimumCount),
      smallGroups: smallGroups, margin: confidence.map(ConstraintSettings.margin) ?? 1,
      leastTarget: confidence == nil ? 0.5 : 0, noWorse: noWorse)
  }
}
