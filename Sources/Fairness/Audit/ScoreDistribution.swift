/// The scores of one group as ascending points with weights by label. All metrics of a whole distribution
/// read it (Kolmogorov-Smirnov, Wasserstein, calibration, curves).
///
/// A distribution is exact (one point for every distinct score) or binned (bins of equal width over 0...1; a
/// bin's point is the mean of its scores). Binning moves a score by less than the bin's width, so a
/// Wasserstein distance is off by at most the width; a distribution function is exact at the bins' edges.
/// Scores below 0 or above 1 are in the first or last bin.
///
/// For a regression the points are predictions, and all weight counts as negative.
public struct ScoreDistribution: Equatable, Sendable {
  /// The number of bins in an audit of more than `exactRows` rows.
  public static let defaultBins = 1 << 12
  /// The maximum number of rows for which every distinct score is stored.
  public static let exactRows = 1 << 20

  /// In ascending order; when binned, the mean score of each bin.
  public private(set) var scores: [Double] = []
  /// The weight of the rows with label 1 at each point.
  public private(set) var positives: [Double] = []
  /// The weight of the rows with label 0 at each point.
  public private(set) var negatives: [Double] = []
  /// The number of bins over 0...1; 0: every point is an exact score.
  public let bins: Int
  /// The bin of each point; empty when exact.
  private(set) var places: [Int32] = []

  /// The width of a bin; 0 when exact.
  public var resolution: Double { bins > 0 ? 1 / Double(bins) : 0 }

  /// An empty distribution.
  ///
  /// - Parameter bins: 0 for exact scores.
  public init(bins: Int = 0) { self.bins = min(max(0, bins), 1 << 24) }

  /// A distribution of rows in any order.
  ///
  /// - Parameters:
  ///   - labels: 0 or 1 for each row.
  ///   - weights: one weight per row; nil: all are 1. Rows of weight 0 and scores that are not finite are
  ///     left out.
  ///   - bins: the number of bins; 0: exact.
  public init(scores: [Double], labels: [Int], weights: [Double]? = nil, bins: Int = 0) {
    self.init(bins: bins)
    let rows = zip(scores, zip(labels, weights ?? [Double](repeating: 1, count: scores.count)))
    for (score, (label, weight)) in rows.filter({ $0.0.isFinite }).sorted(by: { $0.0 < $1.0 }) {
      append(score, positive: label == 1 ? weight : 0, negative: label == 1 ? 0 : weight)
    }
  }

  /// A distribution from a table of bins of equal width over 0...1; all four arrays have one element per bin.
  ///
  /// - Parameters:
  ///   - positives: the weight of the rows with label 1.
  ///   - positiveScores: Σ weight · score of the rows with label 1.
  ///   - negatives: the weight of the rows with label 0.
  ///   - negativeScores: Σ weight · score of the rows with label 0.
  public init(
    positives: [Double], positiveScores: [Double], negatives: [Double], negativeScores: [Double]
  ) {
    self.init(bins: positives.count)
    let table = zip(zip(positives, negatives), zip(positiveScores, negativeScores))
    for (bin, ((positive, negative), sums)) in table.enumerated() where positive + negative > 0 {
      scores.append((sums.0 + sums.1) / (positive + negative))
      self.positives.append(positive)
      self.negatives.append(negative)
      places.append(Int32(clamping: bin))
    }
  }

  /// A point while it is being accumulated.
  struct Point {
    var score = 0.0
    var positive = 0.0
    var negative = 0.0

    /// Adds a row and updates the mean score of the point.
    @inline(__always)
    mutating func add(_ score: Double, _ weight: Double, isPositive: Bool) {
      let before = positive + negative
      if before == 0 {
        self.score = score
      } else if weight > 0 {
        self.score += (score - self.score) * (weight / (before + weight))
      }
      positive += isPositive ? weight : 0
      negative += isPositive ? 0 : weight
    }
  }

  /// A distribution of ascending points; points without weight are left out.
  init(bins: Int, _ points: ArraySlice<Point>) {
    self.init(bins: bins)
    reserve(points.count)
    for point in points where point.positive + point.negative > 0 {
      scores.append(point.score)
      positives.append(point.positive)
      negatives.append(point.negative)
      if bins > 0 { places.append(place(point.score)) }
    }
  }

  private func place(_ score: Double) -> Int32 { ScoreDistribution.place(score, bins: bins) }

  @inline(__always)
  static func place(_ score: Double, bins: Int) -> Int32 {
    // The score is limited first: converting a number that is too large for an integer would trap.
    let bins = Double(bins)
    return Int32(min(max(score, 0), 1 - 0.5 / bins) * bins)
  }

  /// Adds weight at a score that is at least the last point's score.
  mutating func append(_ score: Double, positive: Double, negative: Double) {
    guard positive + negative > 0 else { return }
    let score = score + 0  // -0 becomes 0
    if bins == 0 {
      append(score, 0, positive, negative, joins: scores.last == score)
    } else {
      let place = place(score)
      append(score, place, positive, negative, joins: places.last == place)
    }
  }

  /// Adds a bin above the last one.
  mutating func append(_ score: Double, place: Int32, positive: Double, negative: Double) {
    append(score, place, positive, negative, joins: false)
  }

  private mutating func append(
    _ score: Double, _ place: Int32, _ positive: Double, _ negative: Double, joins: Bool
  ) {
    let last = scores.count - 1
    guard joins, last >= 0 else {
      scores.append(score)
      positives.append(positive)
      negatives.append(negative)
      if bins > 0 { places.append(place) }
      return
    }
    if bins > 0 {
      let before = positives[last] + negatives[last]
      scores[last] += (score - scores[last]) * ((positive + negative) / (before + positive + negative))
    }
    positives[last] += positive
    negatives[last] += negative
  }

  /// Adds the rows of another distribution: exactly if both are exact or have equal bins, otherwise in the
  /// wider bins.
  public mutating func add(_ other: ScoreDistribution) {
    guard bins == other.bins else {
      let common = bins == 0 ? other.bins : other.bins == 0 ? bins : min(bins, other.bins)
      let (first, second) = (rebinned(common), other.rebinned(common))
      self = first
      return add(second)
    }
    var joint = ScoreDistribution(bins: bins)
    joint.reserve(scores.count + other.scores.count)
    var (mine, theirs) = (0, 0)
    while mine < scores.count || theirs < other.scores.count {
      let takesMine =
        theirs >= other.scores.count || mine < scores.count && !other.precedes(theirs, self, mine)
      if takesMine {
        joint.append(self, mine)
        mine += 1
      } else {
        joint.append(other, theirs)
        theirs += 1
      }
    }
    self = joint
  }

  private func precedes(_ point: Int, _ other: ScoreDistribution, _ otherPoint: Int) -> Bool {
    bins > 0 ? places[point] < other.places[otherPoint] : scores[point] < other.scores[otherPoint]
  }

  private mutating func append(_ other: ScoreDistribution, _ point: Int) {
    let place = bins > 0 ? other.places[point] : 0
    append(
      other.scores[point], place, other.positives[point], other.negatives[point],
      joins: bins > 0 ? places.last == place : scores.last == other.scores[point])
  }

  mutating func reserve(_ points: Int) {
    scores.reserveCapacity(points)
    positives.reserveCapacity(points)
    negatives.reserveCapacity(points)
    if bins > 0 { places.reserveCapacity(points) }
  }

  /// The distribution in fewer bins; 0 leaves it unchanged.
  public func rebinned(_ bins: Int) -> ScoreDistribution {
    guard bins > 0, bins != self.bins else { return self }
    var coarser = ScoreDistribution(bins: bins)
    for (score, weights) in zip(scores, zip(positives, negatives)) {
      coarser.append(score, positive: weights.0, negative: weights.1)
    }
    return coarser
  }
}
