/// All sums of one group of rows that the metrics read. Everything except the rank areas is additive.
public struct GroupSums: Equatable, Sendable {
  /// The number of rows, independent of their weights.
  public private(set) var rows: Int
  /// Classification only.
  public private(set) var confusion: ConfusionSums?
  /// Binary classification with scores only.
  public private(set) var scores: ScoreSums?
  /// Regression only.
  public private(set) var errors: ErrorSums?
  /// Areas that need all rows sorted by score. They are not additive: they are computed last, and `add`
  /// removes them.
  public var ranks: RankAreas?
  /// The scores of a binary task, or the predictions of a regression; nil unless a chosen metric or measure
  /// reads them.
  public var distribution: ScoreDistribution?

  init(
    rows: Int, confusion: ConfusionSums? = nil, scores: ScoreSums? = nil, errors: ErrorSums? = nil,
    distribution: ScoreDistribution? = nil
  ) {
    self.rows = rows
    self.distribution = distribution
    self.confusion = confusion
    self.scores = scores
    self.errors = errors
  }

  /// The total weight of the rows.
  public var weight: Double { confusion?.total ?? errors?.weight ?? Double(rows) }

  mutating func add(_ other: GroupSums) {
    rows += other.rows
    if let more = other.confusion {
      if confusion == nil { confusion = more } else { confusion?.add(more) }
    }
    if let more = other.scores {
      if scores == nil { scores = more } else { scores?.add(more) }
    }
    if let more = other.errors {
      if errors == nil { errors = more } else { errors?.add(more) }
    }
    if let more = other.distribution {
      if distribution == nil { distribution = more } else { distribution?.add(more) }
    }
    ranks = nil
  }

  /// Sets the sums of the scores from resampled points.
  mutating func setScores(_ sums: ScoreSums) { scores = sums }

  /// Class `index` against all others: the binary sums of one class of a multiclass group.
  func oneVersusRest(_ index: Int) -> GroupSums {
    GroupSums(rows: rows, confusion: confusion?.oneVersusRest(index))
  }
}

/// The areas under a group's ROC and precision-recall curves, as sums.
public struct RankAreas: Equatable, Sendable {
  /// The weight of the rows with label 1 and a finite score.
  public var positives: Double
  /// The weight of the rows with label 0 and a finite score.
  public var negatives: Double
  /// Σ over pairs of a positive and a negative row: the product of their weights if the positive row scores
  /// higher, half of it if they are tied.
  public var rocArea: Double
  /// Σ over thresholds: the weight of the positive rows at the threshold times the precision there.
  public var precisionSum: Double
  /// The weight of rows without a finite score, which the areas leave out.
  public var notFinite: Double
}
