import EngineKernels

/// How scores become decisions. With two classes, a score at or above the threshold is positive; with more,
/// the class with the largest score is chosen. Adjustments learnt after training change the scores first, or
/// decide by group instead of the threshold. All parts of the library that make decisions use this type, so
/// that a model's labels, its audit and the audit of its saved predictions agree.
///
///     let rule = DecisionRule(threshold: 0.7)
///     rule.isPositive(0.7)  // true: a score equal to the threshold is positive
///
/// Score and threshold are compared as 32-bit floats, the type of models' scores; 64-bit scores are rounded
/// first. NaN is negative.
public struct DecisionRule: Equatable, Sendable {
  /// The smallest positive score.
  public let threshold: Float
  /// In the order of their application: changes of scores, then at most one that decides, and one that withholds
  /// decisions.
  public let adjustments: [Adjustment]

  public init(threshold: Double, adjustments: [Adjustment] = []) {
    self.threshold = Float(threshold)
    self.adjustments = adjustments
  }

  @inlinable
  public func isPositive(_ score: Float) -> Bool { score >= threshold }

  @inlinable
  public func isPositive(_ score: Double) -> Bool { isPositive(Float(score)) }

  /// The smallest logit whose probability, as computed by a model's sigmoid, is positive; infinity if there
  /// is none.
  public var smallestLogit: Float {
    func probability(_ logit: Float) -> Float {
      var (input, output) = (logit, Float.nan)
      activation_forward(ACTIVATION_SIGMOID, 0, &input, &output, 1)
      return output
    }
    guard !isPositive(probability(-.infinity)) else { return -.infinity }
    // Maps floats to integers with the same order: the bit pattern of a positive float, the negated bit
    // pattern of a negative one.
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

  /// The index of the largest of `count` scores; the first of equal ones.
  public static func likeliest(_ scores: UnsafePointer<Float>, _ count: Int) -> Int {
    var best = 0
    for index in 1..<max(count, 1) where scores[index] > scores[best] { best = index }
    return best
  }
}
