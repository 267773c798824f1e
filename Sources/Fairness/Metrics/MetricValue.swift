/// The value of a metric for a group, or the reason why it has none.
public enum MetricValue: Equatable, Sendable {
  case defined(Double)
  /// `conventional` is the value that Fairlearn and scikit-learn use instead (0 for an empty denominator);
  /// nil if they have no value either.
  case undefined(reason: String, conventional: Double? = nil)

  /// numerator / denominator; undefined with `reason` if the denominator is not positive.
  static func rate(_ numerator: Double, of denominator: Double, unless reason: String) -> MetricValue {
    denominator > 0 ? .defined(numerator / denominator) : .undefined(reason: reason, conventional: 0)
  }

  /// The number under a convention; nil if it is undefined.
  public func number(_ convention: ZeroDivision) -> Double? {
    switch self {
    case .defined(let value): value.isFinite ? value : nil
    case .undefined(_, let conventional): convention == .zero ? conventional : nil
    }
  }

  /// The reason why there is no number; nil if there is one.
  public func reason(_ convention: ZeroDivision) -> String? {
    guard number(convention) == nil else { return nil }
    if case .undefined(let reason, _) = self { return reason }
    return "the result is not finite"
  }

  /// The same value without the convention of other libraries.
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

/// The value of a rate whose denominator is 0.
public enum ZeroDivision: String, Sendable, CaseIterable {
  /// No value, and a note with the reason: the default.
  case undefined
  /// 0, as in Fairlearn 0.15 and scikit-learn.
  case zero
}
