import Kernels

/// How scores become decisions: of two classes the positive one from a threshold on, of more the class of the largest
/// score. Every part of the library that decides asks this type, so that a model's labels, its audit and the audit of
/// its saved predictions agree.
///
///     let rule = DecisionRule(threshold: 0.7)
///     rule.isPositive(0.7)  // true: a score equal to the threshold is positive
///
/// Score and threshold are compared as 32-bit floats, as models give scores: a score of 64 bits is rounded first.
/// A score that is not a number is negative.
public struct DecisionRule: Equatable, Sendable {
  /// The smallest positive score.
  public let threshold: Float

  public init(threshold: Double) { self.threshold = Float(threshold) }

  @inlinable
  public func isPositive(_ score: Float) -> Bool { score >= threshold }

  @inlinable
  public func isPositive(_ score: Double) -> Bool { isPositive(Float(score)) }

  /// The smallest logit whose probability, as a model's sigmoid rounds it, is positive; infinity where none is.
  public var smallestLogit: Float {
    func probability(_ logit: Float) -> Float {
      var (input, output) = (logit, Float.nan)
      activation_forward(ACTIVATION_SIGMOID, 0, &input, &output, 1)
      return output
    }
    guard !isPositive(probability(-.infinity)) else { return -.infinity }
    // Floats in ascending order are integers in ascending order: bits of positive ones, negated for negative ones.
    func place(_ value: Float) -> Int {
      value.sign == .plus ? Int(value.bitPattern) : -Int((-value).bitPattern)
    }
    func value(_ place: Int) -> Float {
      place >= 0
        ? Float(bitPattern: UInt32(truncatingIfNeeded: place))
        : -Float(bitPattern: UInt32(truncatingIfNeeded: -place))
    }
    var (negative, positive) = (place(-.infinity), place(.infinity))
    while positive - negative > 1 {
      let middle = negative + (positive - negative) / 2
      if isPositive(probability(value(middle))) { positive = middle } else { negative = middle }
    }
    return value(positive)
  }

  /// The place of the largest of `count` scores; the first of equals.
  public static func likeliest(_ scores: UnsafePointer<Float>, _ count: Int) -> Int {
    var best = 0
    for index in 1..<max(count, 1) where scores[index] > scores[best] { best = index }
    return best
  }
}
