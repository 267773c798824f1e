import Platform
import Testing

@testable import Fairness

@Suite("Decisions and scores changed after training")
struct PostprocessingTests {
  private static let rows = SixtyRows.all

  private static func curves() throws -> [ThresholdCurve] {
    try (0...1).map { group in
      let own = (0..<60).filter { rows.groups[$0] == group }
      return try ThresholdCurve(
        scores: own.map { Float(rows.scores[$0]) }, labels: own.map { rows.labels[$0] })
    }
  }

  /// The expected rates of a group's decisions, row by row.
  private static func rates(_ decision: GroupDecision, _ group: Int) -> (
    selection: Double, tpr: Double, fpr: Double, correct: Double
  ) {
    var (selected, tp, fp, positives, count) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for row in 0..<60 where rows.groups[row] == group {
      let p = decision.probability(Float(rows.scores[row]))
      count += 1
      selected += p
      if rows.labels[row] {
        positives += 1
        tp += p
      } else {
        fp += p
      }
    }
    return (selected / count, tp / positives, fp / (count - positives), tp + (count - positives) - fp)
  }

  @Test(
    "Mixed thresholds are as accurate as those of Fairlearn's ThresholdOptimizer (0.15.0, finest grid)",
    arguments: [
      (ThresholdRate.selectionRate, 0.883332778), (.truePositiveRate, 0.883333),
      (.falsePositiveRate, 0.883332583),
    ])
  func mixtures(rate: ThresholdRate, accuracy: Double) throws {
    let found = try GroupThresholds.equalizing(
      rate, of: Self.curves(), tolerance: 0, for: .accuracy, randomized: true)
    let rates = found.decisions.enumerated().map { Self.rates($1, $0) }
    let own = (rates[0].correct + rates[1].correct) / 60
    #expect(own >= accuracy && own < accuracy + 1e-5)
    let shown = rates.map {
      rate == .selectionRate ? $0.selection : rate == .truePositiveRate ? $0.tpr : $0.fpr
    }
    #expect(abs(shown[0] - shown[1]) < 1e-12)
    #expect(abs(found.expected[0].truePositives - rates[0].tpr * 20) < 1e-9)
  }

  @Test(
    "Equal odds are Fairlearn's: accuracy 0.85 at a true positive rate of 0.8 and a false positive rate of 0.1"
  )
  func equalOdds() throws {
    let found = try GroupThresholds.equalizingOdds(Self.curves(), for: .accuracy)
    let rates = found.decisions.enumerated().map { Self.rates($1, $0) }
    #expect(abs((rates[0].correct + rates[1].correct) / 60 - 0.85) < 1e-9)
    for rate in rates { #expect(abs(rate.tpr - 0.8) < 1e-9 && abs(rate.fpr - 0.1) < 1e-9) }
  }

  @Test(
    "A tolerance gives the best pair of thresholds of all pairs, whatever the rate",
    arguments: ThresholdRate.allCases)
  func singleThresholds(rate: ThresholdRate) throws {
    let curves = try Self.curves()
    for tolerance in [0.02, 0.1] {
      var best = -1.0
      for a in curves[0].points {
        for b in curves[1].points {
          guard let x = rate.value(a, of: curves[0]), let y = rate.value(b, of: curves[1]),
            abs(x - y) <= tolerance + 1e-12
          else { continue }
          best = max(best, a.truePositives - a.falsePositives + b.truePositives - b.falsePositives)
        }
      }
      let found = try GroupThresholds.equalizing(
        rate, of: curves, tolerance: tolerance, for: .accuracy, randomized: false)
      let own = found.expected.reduce(0) { $0 + $1.truePositives - $1.falsePositives }
      #expect(abs(own - best) < 1e-9)
      for (index, decision) in found.decisions.enumerated() {
        #expect(decision.thresholds.first == decision.thresholds.second && decision.coin.used == 0)
        let rates = Self.rates(decision, index)
        #expect(abs(rates.tpr * curves[index].positives - found.expected[index].truePositives) < 1e-9)
      }
    }
  }

  @Test("With a tolerance mixtures reach at least what single thresholds reach")
  func toleratedMixtures() throws {
    let curves = try Self.curves()
    for tolerance in [0.0, 0.05, 1] {
      let mixed = try GroupThresholds.equalizing(
        .selectionRate, of: curves, tolerance: tolerance, for: .balancedAccuracy, randomized: true)
      let rates = mixed.decisions.enumerated().map { Self.rates($1, $0) }
      #expect(abs(rates[0].selection - rates[1].selection) <= tolerance + 1e-9)
      let single = try? GroupThresholds.equalizing(
        .selectionRate, of: curves, tolerance: tolerance, for: .balancedAccuracy, randomized: false)
      func value(_ found: GroupThresholds) -> Double {
        found.expected.reduce(0) { $0 + $1.truePositives / 60 - $1.falsePositives / 60 }
      }
      if let single { #expect(value(mixed) >= value(single) - 1e-9) }
    }
  }

  @Test(
    "Mixed thresholds within a tolerance of both odds are the best of a linear program (scipy 1.17.1, linprog)",
    arguments: [(0.01, 0.856666667), (0.02, 0.863333333), (0.03, 0.87), (0.05, 0.883333333)])
  func toleratedOdds(tolerance: Double, accuracy: Double) throws {
    let found = try GroupThresholds.equalizingOdds(
      Self.curves(), tolerance: tolerance, for: .accuracy, randomized: true)
    let rates = found.decisions.enumerated().map { Self.rates($1, $0) }
    #expect(abs((rates[0].correct + rates[1].correct) / 60 - accuracy) < 1e-6)
    #expect(abs(rates[0].tpr - rates[1].tpr) < tolerance + 1e-9)
    #expect(abs(rates[0].fpr - rates[1].fpr) < tolerance + 1e-9)
    #expect(abs(found.expected[1].truePositives - rates[1].tpr * (try Self.curves()[1].positives)) < 1e-9)
  }

  @Test("Single thresholds within a tolerance of both odds are the best pair of all pairs")
  func singleOdds() throws {
    let curves = try Self.curves()
    for tolerance in [0.0, 0.03, 0.1, 0.3] {
      var best = -1.0
      for a in curves[0].points {
        for b in curves[1].points {
          let (x, y) = (
            a.falsePositives / curves[0].negatives - b.falsePositives / curves[1].negatives,
            a.truePositives / curves[0].positives - b.truePositives / curves[1].positives
          )
          guard max(abs(x), abs(y)) <= tolerance + 1e-12 else { continue }
          best = max(best, a.truePositives - a.falsePositives + b.truePositives - b.falsePositives)
        }
      }
      let found = try GroupThresholds.equalizingOdds(
        curves, tolerance: tolerance, for: .accuracy, randomized: false)
      #expect(abs(found.expected.reduce(0) { $0 + $1.truePositives - $1.falsePositives } - best) < 1e-9)
      #expect(found.decisions.allSatisfy { !$0.draws })
    }
  }

  @Test("With a minimum each group has the best of its thresholds that reach it, whatever the others have")
  func minimumRates() throws {
    let curves = try Self.curves()
    for rate in [ThresholdRate.truePositiveRate, .precision, .selectionRate] {
      let found = try GroupThresholds.holding(rate, atLeast: 0.8, of: curves, for: .accuracy)
      for (curve, counts) in zip(curves, found.expected) {
        let fitting = curve.points.filter { (rate.value($0, of: curve) ?? 0) >= 0.8 }
        let best = fitting.map { $0.truePositives - $0.falsePositives }.max()
        #expect(best == counts.truePositives - counts.falsePositives)
      }
    }
    #expect(throws: Failure.self) {
      try GroupThresholds.holding(.precision, atLeast: 1.01, of: curves, for: .accuracy)
    }
  }

  @Test("Rows are sorted by descending scores: negative ones, zeros and ties as a stable sort has them")
  func descendingRows() throws {
    var random = RandomStream(seed: 9)
    var scores: [Float] = [0, -0.0, 1, -1, .greatestFiniteMagnitude, -.leastNonzeroMagnitude, 0.5, 0.5]
    for _ in 0..<3000 { scores.append(Float(random.normal()) * (random.below(3) == 0 ? 1e-20 : 10)) }
    for _ in 0..<500 { scores.append(Float(random.below(5)) - 2) }
    let expected = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    let sorted = try DescendingRows(scores)
    #expect((0..<sorted.count).map { sorted[$0].row } == expected)
    #expect((0..<sorted.count).map { sorted[$0].score } == expected.map { scores[$0] })
    #expect(try DescendingRows([]).count == 0)
  }

  @Test("Precision at k has the most true positives of all pairs that select no more rows (all pairs tried)")
  func precisionAtShare() throws {
    let curves = try Self.curves()
    for (share, tolerance) in [(0.1, 1.0), (0.25, 1.0), (0.25, 0.1), (0.5, 0.05)] {
      let found = try GroupThresholds.mostPrecise(selecting: share, of: curves) {
        try .equalizing(.selectionRate, of: curves, tolerance: tolerance, for: $0, randomized: false)
      }
      let own = found.expected.reduce(0) { $0 + $1.truePositives }
      let selected = found.expected.reduce(0) { $0 + $1.truePositives + $1.falsePositives }
      #expect(selected > 0 && selected <= share * 60 + 1e-9)
      for a in curves[0].points {
        for b in curves[1].points {
          let counts = [a.truePositives + a.falsePositives, b.truePositives + b.falsePositives]
          guard abs(counts[0] / 40 - counts[1] / 20) <= tolerance + 1e-12, counts[0] + counts[1] <= selected
          else {
            continue
          }
          #expect(a.truePositives + b.truePositives <= own)
        }
      }
    }
    #expect(
      try GroupThresholds.mostPrecise(selecting: 1, of: curves) { _ in
        try .equalizing(.selectionRate, of: curves, tolerance: 1, for: .accuracy, randomized: false)
      }.expected.count == 2)
    let scores: [Float] = [0.9, 0.8, 0.8, 0.1]
    let curve = try ThresholdCurve(scores: scores, labels: [true, false, true, false])
    // The middles between 0.9, 0.8 and 0.1.
    #expect(
      abs(curve.lowest(selecting: 0.5) - 0.85) < 1e-6 && abs(curve.lowest(selecting: 0.75) - 0.45) < 1e-6)
    #expect(curve.lowest(selecting: 0.1) == .infinity)
  }

  @Test("Errors say that a precision cannot be mixed and that a group of one label has no odds")
  func refusals() throws {
    let curves = try Self.curves()
    #expect(throws: Failure.self) {
      try GroupThresholds.equalizing(.precision, of: curves, tolerance: 0, for: .accuracy, randomized: true)
    }
    let lonely = try ThresholdCurve(scores: [0.2, 0.4], labels: [true, true])
    #expect(throws: Failure.self) { try GroupThresholds.equalizingOdds([curves[0], lonely], for: .accuracy) }
    #expect(throws: Failure.self) { try ThresholdCurve(scores: [.nan], labels: [true]) }
  }

  // MARK: Calibration

  private static let calibrated = CalibrationRows(scores: rows.scores, labels: rows.labels)
  /// The same rows with scores strictly between 0 and 1.
  private static let inner = CalibrationRows(
    scores: rows.scores.map { ($0 * 1009 + 0.5) / 1010 }, labels: rows.labels)

  @Test("Platt's line is scikit-learn's (1.9.1, _SigmoidCalibration): slope −6.0678552, intercept 3.1413319")
  func platt() {
    let found = PlattScaling(Self.calibrated)
    #expect(abs(found.slope + 6.067855173) < 1e-4 && abs(found.intercept - 3.141331881) < 1e-4)
    #expect(abs(found.probability(0.5) - 0.4731) < 1e-3)
  }

  @Test("Isotonic calibration is scikit-learn's (1.9.1, IsotonicRegression with clipping)")
  func isotonic() {
    let found = IsotonicCalibration(Self.calibrated)
    let known = [
      0.0: 0.0, 0.1: 0.0, 0.25: 0.083333333, 0.5: 0.333333333, 0.77: 0.869565217, 0.9: 0.906521739, 1.0: 1.0,
    ]
    for (score, value) in known { #expect(abs(found.probability(score) - value) < 1e-8) }
  }

  @Test("The temperature is that of the least loss (scipy 1.17.1, minimize_scalar): 0.7650051")
  func temperature() {
    #expect(abs(TemperatureScaling(Self.inner).temperature - 0.7650050973) < 1e-6)
  }

  @Test(
    "Beta calibration is logistic regression on ln s and −ln(1 − s) (scikit-learn 1.9.1, without penalty)")
  func beta() {
    let found = BetaCalibration(Self.inner)
    #expect(
      abs(found.a - 2.36418847) < 1e-3 && abs(found.b - 0.48428866) < 1e-3 && abs(found.c - 1.39720054) < 1e-3
    )
  }

  @Test("Bins of as many rows have the shares of their positive rows (by hand)")
  func histogram() {
    let rows = CalibrationRows(
      scores: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], labels: [false, true, false, false, true, true])
    let found = HistogramBinning(rows, bins: 3)
    #expect(found.edges == [0.3, 0.5])
    #expect([0.0, 0.29, 0.3, 0.45, 0.9].map(found.probability) == [0.5, 0.5, 0, 0, 1])
  }

  @Test("Venn-Abers bounds are isotonic calibrations with the score added under either label")
  func vennAbers() {
    let found = VennAbers(Self.calibrated)
    for score in [0.05, 0.31, Self.rows.scores[4], 0.77, 0.99] {
      let bounds = found.bounds(score)
      for (label, bound) in [(false, bounds.lower), (true, bounds.upper)] {
        let more = CalibrationRows(
          scores: Self.rows.scores + [score], labels: Self.rows.labels + [label])
        #expect(abs(IsotonicCalibration(more).probability(score) - bound) < 1e-9)
      }
      #expect(bounds.lower <= bounds.upper)
      let merged = found.probability(score)
      #expect(merged >= bounds.lower - 1e-12 && merged <= bounds.upper + 1e-12)
    }
  }

  // MARK: Repair, reject option

  @Test(
    "Scores moved wholly to the barycentre have the same distribution in both groups, each with its order")
  func repair() {
    var random = RandomStream(seed: 6)
    let large = (0..<400).map { _ in random.uniform() * 0.5 }.sorted()
    let small = (0..<100).map { _ in 0.4 + random.uniform() * 0.6 }.sorted()
    let groups = [large, small]
    let repair = ScoreRepair(scores: groups, shares: [0.8, 0.2], strength: 1)
    let moved = groups.enumerated().map { group, scores in scores.map { repair.repaired($0, group: group) } }
    for share in [0.1, 0.5, 0.9] {
      let (a, b) = (ScoreRepair.quantile(moved[0], share), ScoreRepair.quantile(moved[1], share))
      #expect(abs(a - b) < 0.01)
      let target = 0.8 * ScoreRepair.quantile(groups[0], share) + 0.2 * ScoreRepair.quantile(groups[1], share)
      #expect(abs(a - target) < 0.01)
    }
    #expect(moved.allSatisfy { $0 == $0.sorted() })
    #expect(ScoreRepair(scores: groups, shares: [0.8, 0.2], strength: 0).repaired(0.3, group: 0) == 0.3)
  }

  @Test(
    "The reject option closes the gap of selection rates at the least cost of balanced accuracy that its grid has"
  )
  func rejectOption() throws {
    let (scores, labels, groups) = Self.rows
    func gap(_ decisions: [Bool]) -> Double {
      func rate(_ group: Int) -> Double {
        let own = groups.indices.filter { groups[$0] == group }
        return Double(own.filter { decisions[$0] }.count) / Double(own.count)
      }
      return abs(rate(0) - rate(1))
    }
    let found = try RejectOption.best(
      scores: scores.map(Float.init), labels: labels, gains: groups.map { $0 == 1 }, tolerance: 0.05, gap: gap
    )
    #expect(found.gap <= 0.05 && found.balancedAccuracy > 0.8)
    #expect(RejectOption(threshold: 0.5, margin: 0.1).isPositive(0.45, gains: true))
    #expect(!RejectOption(threshold: 0.5, margin: 0.1).isPositive(0.55, gains: false))
    #expect(RejectOption(threshold: 0.5, margin: 0.1).isPositive(0.65, gains: false))
  }

  @Test("A row of weight 2 counts like two rows in the curve of thresholds")
  func weightedCurve() throws {
    let scores: [Float] = [0.9, 0.7, 0.7, 0.2], labels = [true, false, true, false]
    let weights = [2.0, 1, 3, 1]
    let rows = weights.indices.flatMap { [Int](repeating: $0, count: Int(weights[$0])) }
    let weighted = try ThresholdCurve(scores: scores, labels: labels, weights: weights)
    let repeated = try ThresholdCurve(scores: rows.map { scores[$0] }, labels: rows.map { labels[$0] })
    #expect(weighted.points == repeated.points && weighted.positives == 5 && weighted.negatives == 2)
  }

  @Test("A group without its own threshold, and an unknown one, get the threshold of all rows")
  func pooledThreshold() {
    let thresholds = ThresholdsByGroup(
      pooled: GroupDecision(threshold: 0.5), groups: [GroupDecision(threshold: 0.2), nil], seed: 0)
    #expect(
      [0, 1, 2, -1].map { thresholds.isPositive(0.3, group: $0, key: 0) } == [true, false, false, false])
    #expect([0, 1, 2, -1].map { thresholds.isPositive(0.5, group: $0, key: 0) } == [true, true, true, true])
  }

  // In 64 bits, float32(0.6) is further than 0.1 from 0.5, and float32(0.7) is below 0.7.
  @Test("Scores equal to the bounds of the reject option's region are in it; the threshold is positive")
  func rejectOptionBounds() {
    let option = RejectOption(threshold: 0.5, margin: 0.1)
    for bound: Float in [0.4, 0.6, 0.5] {
      #expect(option.isPositive(bound, gains: true) && !option.isPositive(bound, gains: false))
    }
    #expect(!option.isPositive(Float(0.4).nextDown, gains: true))
    #expect(option.isPositive(Float(0.6).nextUp, gains: false))
    // Without a group the threshold decides as everywhere.
    #expect(RejectOption(threshold: 0.7, margin: 0.1).isPositive(Float(0.7), gains: nil))
    #expect(!RejectOption(threshold: 0.7, margin: 0.1).isPositive(Float(0.7).nextDown, gains: nil))
    #expect(!option.isPositive(.nan, gains: true) && !option.isPositive(.nan, gains: nil))
    let rejection = RejectionByGroup(option, gains: [true, false, nil])
    #expect([0, 1, 2, -1].map { rejection.isPositive(0.5, group: $0) } == [true, false, true, true])
  }
}
