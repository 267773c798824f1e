/// The changes of scores and decisions that follow a network in a file.
public struct ONNXAdjustments: Sendable {
  /// The scores that a decision reads.
  public enum Scores: Sendable {
    /// The probability of the positive one of two classes.
    case positive
    /// A probability for each class.
    case classes
    /// The value of a regression.
    case value
  }

  public enum Change: Sendable {
    /// A curve for each class. Several classes' results are divided by their sum.
    case curves(ONNXByGroup<[ONNXCurve]>)
    /// The softmax of all classes' log probabilities divided by a temperature.
    case temperature(ONNXByGroup<Double>)
    case repair(ONNXScoreRepair)
  }

  public enum Rule: Sendable {
    /// There is no decision, or none that a file can make.
    case none
    /// Positive from a threshold on.
    case thresholds(ONNXByGroup<Float>)
    /// Positive from the mean of the groups' thresholds on, weighted by the probabilities in columns.
    case blended(columns: [String], thresholds: [Double])
    /// From `lower` to `upper`, the group decides: 1 is positive, 0 negative, and -1 leaves it to the threshold.
    case rejection(lower: Float, upper: Float, threshold: Float, gains: ONNXByGroup<Float>)
    /// Decisions are drawn; the file has their probability.
    case drawn(ONNXByGroup<Mixture>)
    /// The class with the largest score.
    case likeliest
  }

  /// A mixture of two thresholds and a coin.
  public struct Mixture: Sendable {
    let first, second: Float
    let share, coin, yes: Double

    /// - Parameters:
    ///   - share: the probability of the first threshold.
    ///   - coin: the probability that the coin decides.
    ///   - yes: the probability of a positive decision of the coin.
    public init(first: Float, second: Float, share: Double, coin: Double, yes: Double) {
      (self.first, self.second, self.share, self.coin, self.yes) = (first, second, share, coin, yes)
    }
  }

  public let scores: Scores
  public let attributes: [ONNXAttribute]
  /// In order.
  public let changes: [Change]
  public let rule: Rule
  /// The smallest confidence of a decision that is given; nil: all decisions are given.
  public let abstention: ONNXByGroup<Float>?

  public init(
    scores: Scores, attributes: [ONNXAttribute], changes: [Change], rule: Rule,
    abstention: ONNXByGroup<Float>?
  ) {
    (self.scores, self.attributes, self.changes) = (scores, attributes, changes)
    (self.rule, self.abstention) = (rule, abstention)
  }

  /// Whether the file has a label.
  var decides: Bool {
    switch rule {
    case .none, .drawn: false
    case .thresholds, .blended, .rejection, .likeliest: true
    }
  }

  /// The columns that the file reads for the decision.
  var columns: [String] {
    var names = attributes.flatMap { $0.columns.map(\.name) }
    if case .blended(let columns, _) = rule { names += columns }
    return names
  }
}

/// A value for each group of an attribute and, last, for rows of other groups; without an attribute, one value.
public struct ONNXByGroup<Value: Sendable>: Sendable {
  public let attribute: Int?
  public let values: [Value]

  public init(attribute: Int?, _ values: [Value]) { (self.attribute, self.values) = (attribute, values) }

  public func map<Other>(_ change: (Value) -> Other) -> ONNXByGroup<Other> {
    ONNXByGroup<Other>(attribute: attribute, values.map(change))
  }
}

/// A function from a score to a probability.
public enum ONNXCurve: Sendable {
  /// σ(`ofLogarithm` ln s - `ofComplement` ln(1 - s) + `slope` s + `intercept`).
  case sigmoid(ofLogarithm: Double, ofComplement: Double, slope: Double, intercept: Double)
  /// Values at ascending scores, linear between them and constant beyond them.
  case linear(scores: [Double], values: [Double])
  /// One value more than edges: the value at the number of edges that are at most the score.
  case steps(edges: [Double], values: [Double])
  /// Values below, at and between ascending scores, in this order: two for each score and one more.
  case stepsAndPoints(scores: [Double], values: [Double])
}

/// Moves scores towards the barycentre of the groups' distributions.
public struct ONNXScoreRepair: Sendable {
  /// The ascending scores of a row's distribution.
  let own: ONNXByGroup<[Double]>
  /// The ascending scores and the share of each group in the barycentre.
  let targets: [(scores: [Double], share: Double)]
  let strength: Double

  public init(own: ONNXByGroup<[Double]>, targets: [(scores: [Double], share: Double)], strength: Double) {
    (self.own, self.targets, self.strength) = (own, targets, strength)
  }
}

/// An attribute by whose groups a file's decision differs.
public struct ONNXAttribute: Sendable {
  /// A column from which groups follow.
  public struct Column: Sendable {
    public let name: String
    /// The values that are known; empty with bins.
    public let values: [String]
    /// The ascending edges between bins; nil: each value is a group.
    public let bins: [Double]?
    /// Whether a missing value is known, too.
    public let knowsMissing: Bool

    public init(name: String, values: [String], bins: [Double]?, knowsMissing: Bool) {
      (self.name, self.values, self.bins, self.knowsMissing) = (name, values, bins, knowsMissing)
    }

    /// The number of values that are told apart, without a missing one.
    var valueCount: Int { bins.map { $0.count + 1 } ?? values.count }
    /// The code of an unknown value.
    var unknown: Int { valueCount + (knowsMissing ? 1 : 0) }
  }

  public let columns: [Column]
  /// For each group the code of its value in each column: the index of a value or a bin, or the number of these for a
  /// missing value.
  public let groups: [[Int]]
  /// Whether a row of another group is an error.
  public let refusesUnknown: Bool

  public init(columns: [Column], groups: [[Int]], refusesUnknown: Bool) {
    (self.columns, self.groups, self.refusesUnknown) = (columns, groups, refusesUnknown)
  }
}
