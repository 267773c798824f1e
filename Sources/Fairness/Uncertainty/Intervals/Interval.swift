import Platform

/// A confidence interval; both limits are included.
public struct Interval: Equatable, Sendable {
  public var lower: Double
  public var upper: Double

  init(_ lower: Double, _ upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// [lower, upper]; null if a limit is not finite.
  public var json: JSONValue {
    lower.isFinite && upper.isFinite ? [.number(lower), .number(upper)] : .null
  }

  /// The image under an increasing function.
  func map(_ transform: (Double) -> Double) -> Interval { Interval(transform(lower), transform(upper)) }

  /// The image under a decreasing function.
  func reversed(_ transform: (Double) -> Double) -> Interval { Interval(transform(upper), transform(lower)) }
}
