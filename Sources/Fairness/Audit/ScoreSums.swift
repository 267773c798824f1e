import FairnessKernels

/// The sums of one group that the score metrics read: additive over rows.
public struct ScoreSums: Equatable, Sendable {
  /// The sums over the rows of one label, with score s in [0, 1], label y and weight w.
  public struct Label: Equatable, Sendable {
    /// Σ w.
    public var weight = 0.0
    /// Σ w s.
    public var score = 0.0
    /// Σ w (s − y)².
    public var squaredError = 0.0
    /// −Σ w ln(s if y = 1, otherwise 1 − s), with s clipped to avoid ln 0.
    public var logLoss = 0.0
  }
  public var negative = Label()
  public var positive = Label()
  /// The weight of rows whose score is NaN or infinite; they are not part of the other sums.
  public var notFinite = 0.0
  /// The weight of rows whose score is below 0 or above 1 and therefore not a probability.
  public var outside = 0.0

  init(negative: group_cells_score_sums, positive: group_cells_score_sums) {
    self.negative = Label(negative)
    self.positive = Label(positive)
    notFinite = negative.not_finite + positive.not_finite
    outside = negative.outside + positive.outside
  }

  /// - Parameter rest: `notFinite` and `outside`, in this order.
  init(negative: Label, positive: Label, rest: [Double]) {
    (self.negative, self.positive) = (negative, positive)
    (notFinite, outside) = (rest.first ?? 0, rest.last ?? 0)
  }

  mutating func add(_ other: ScoreSums) {
    negative.add(other.negative)
    positive.add(other.positive)
    notFinite += other.notFinite
    outside += other.outside
  }

  public var weight: Double { negative.weight + positive.weight }
}

extension ScoreSums.Label {
  init(_ sums: group_cells_score_sums) {
    weight = sums.weight
    score = sums.score
    squaredError = sums.squared_error
    logLoss = sums.log_loss
  }

  /// - Parameter numbers: weight, score, squaredError, logLoss.
  init(numbers: [Double]) {
    func number(_ index: Int) -> Double { numbers.indices.contains(index) ? numbers[index] : 0 }
    (weight, score, squaredError, logLoss) = (number(0), number(1), number(2), number(3))
  }

  mutating func add(_ other: ScoreSums.Label) {
    weight += other.weight
    score += other.score
    squaredError += other.squaredError
    logLoss += other.logLoss
  }
}
