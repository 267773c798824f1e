/// A metric's value for a group, or why there is none.
public enum MetricValue: Equatable, Sendable {
  case defined(Double)
  /// `conventional` is what Fairlearn and scikit-learn put in its place (0 for an empty denominator);
  /// nil where they have no value either.
  case undefined(reason: String, conventional: Double? = nil)

  /// numerator / denominator, undefined for `reason` when the denominator is not positive.
  static func rate(_ numerator: Double, of denominator: Double, unless reason: String) -> MetricValue {
    denominator > 0 ? .defined(numerator / denominator) : .undefined(reason: reason, conventional: 0)
  }

  /// The number under a convention; nil if there is none.
  public func number(_ convention: ZeroDivision) -> Double? {
    switch self {
    case .defined(let value): value.isFinite ? value : nil
    case .undefined(_, let conventional): convention == .zero ? conventional : nil
    }
  }

  /// Why there is no number; nil if there is one.
  public func reason(_ convention: ZeroDivision) -> String? {
    guard number(convention) == nil else { return nil }
    if case .undefined(let reason, _) = self { return reason }
    return "the result is not finite"
  }

  /// Without what others put in place of a missing value.
  var unconventional: MetricValue {
    if case .undefined(let reason, _) = self { .undefined(reason: reason) } else { self }
  }

  func map(_ transform: (Double) -> Double) -> MetricValue {
    switch self {
    case .defined(let value): .defined(transform(value))
    case .undefined(let reason, let conventional):
      .undefined(reason: reason, conventional: conventional.map(transform))
    }
  }
}

/// What a rate is when nothing is in its denominator.
public enum ZeroDivision: String, Sendable, CaseIterable {
  /// No value, and a note that says why: the default.
  case undefined
  /// 0, as Fairlearn 0.15 and scikit-learn have it.
  case zero
}
