/// A linear-fractional statistic of a group: a ratio of two weighted sums over the rows, in which each row
/// contributes an intercept and a slope times the model's signal s:
///
///     γ(g) = Σ w (a(y) + b(y) s) / Σ w (c(y) + d(y) s)      over the rows of group g
///
/// Rates, predictive values and accuracy differ only in these coefficients, and every gap and every objective
/// works with all of them (Celis et al. 2019; Buyl, Defrance and De Bie 2024).
public struct GroupStatistic: Sendable {
  /// The contribution of a row: intercept + slope · s.
  public struct Term: Sendable {
    public let intercept: Float
    public let slope: Float
    public init(intercept: Float, slope: Float) {
      self.intercept = intercept
      self.slope = slope
    }
  }

  /// The direction in which the value improves for a group.
  public enum Direction: Sendable { case higher, lower, neither }

  /// The name in configurations and reports, such as "tpr".
  public let name: String
  public let direction: Direction
  /// For rows with label 0 and with label 1.
  let numerator: (Term, Term)
  let denominator: (Term, Term)
  /// The labels, 0 or 1, whose rows the denominator counts.
  public var countedLabels: [Int] {
    [denominator.0, denominator.1].enumerated().compactMap { label, term in
      term.intercept == 0 && term.slope == 0 ? nil : label
    }
  }
  /// Whether it reads the labels; such a statistic is not defined for regression.
  public let usesLabels: Bool
  /// Whether s must be a probability; sums with 1 − s and divisions by Σ s are not defined for logits.
  public let needsProbability: Bool

  /// - Parameters:
  ///   - direction: the direction in which the value improves for a group.
  ///   - numerator, denominator: the terms for a label y, which is 0 or 1.
  public init(
    name: String, direction: Direction = .higher, needsProbability: Bool = false,
    numerator: (_ label: Float) -> (intercept: Float, slope: Float),
    denominator: (_ label: Float) -> (intercept: Float, slope: Float)
  ) {
    func terms(_ function: (Float) -> (intercept: Float, slope: Float)) -> (Term, Term) {
      let (negative, positive) = (function(0), function(1))
      return (
        Term(intercept: negative.intercept, slope: negative.slope),
        Term(intercept: positive.intercept, slope: positive.slope)
      )
    }
    self.name = name
    self.direction = direction
    self.numerator = terms(numerator)
    self.denominator = terms(denominator)
    self.needsProbability = needsProbability
    let (n, d) = (self.numerator, self.denominator)
    usesLabels =
      n.0.intercept != n.1.intercept || n.0.slope != n.1.slope || d.0.intercept != d.1.intercept
      || d.0.slope != d.1.slope
  }
}
