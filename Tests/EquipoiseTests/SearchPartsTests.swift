import Auditing
import Configurations
import Datasets
import Fairness
import Platform
import Testing

@testable import Tuning

@Suite("The parts of a search")
struct SearchPartsTests {
  // MARK: Rows

  @Test(
    "Two parts differ by at most one in the rows of each label and group, and in all rows",
    arguments: [2, 3, 5, 7])
  func folds(count: Int) throws {
    var stream = RandomStream(seed: 4)
    // Strata of 1, 4, 9, ... rows, mixed.
    var strata = (1...8).flatMap { [Int](repeating: $0, count: $0 * $0) }
    stream.shuffle(&strata)
    let folds = StratifiedFolds(strata: strata, count: count, &stream)
    let places = (0..<count).map { folds.rows(of: $0) }
    #expect(places.flatMap { $0 }.sorted() == Array(strata.indices))
    #expect((0..<count).allSatisfy { Set(folds.rows(outside: $0)).isDisjoint(with: places[$0]) })
    func spread(_ counts: [Int]) -> Int { (counts.max() ?? 0) - (counts.min() ?? 0) }
    #expect(spread(places.map(\.count)) <= 1)
    for stratum in 1...8 {
      #expect(spread(places.map { rows in rows.filter { strata[$0] == stratum }.count }) <= 1)
    }
  }

  // MARK: Choosing

  /// A measurement with one gap, whose bounds are `width` away.
  static func measurement(_ quality: Double, _ gap: Double, width: Double = 0.01) -> Measurement {
    Measurement(
      quality: quality, merit: quality,
      gaps: [Measurement.Gap(value: gap, lower: max(gap - width, 0), upper: gap + width)])
  }

  static let goals = SearchGoals(
    quality: "accuracy",
    gaps: [
      SearchGoals.Gap(
        objective: "demographic_parity", attribute: AttributeReference(["sex"]),
        audited: .measure("demographic_parity_difference"), tolerance: 0.05)
    ], confidence: 0.95)

  @Test("A dominated point is worse in one goal and better in none; equal points count once")
  func dominance() {
    let points: [[Double]] = [[1, 5], [2, 4], [2, 5], [3, 3], [1, 5], [0, 9], [4, 3], [3, 2]]
    #expect(NonDominated.indices(points) == [0, 1, 5, 7])
    #expect(NonDominated.dominates([1, 1], [1, 2]) && !NonDominated.dominates([1, 1], [1, 1]))
    #expect(!NonDominated.dominates([1, 3], [2, 2]))
  }

  @Test("The best model is the most accurate of those whose upper bound is at most the tolerance")
  func best() throws {
    // Upper bounds 0.09, 0.055, 0.05, 0.02: only the last two are at most 0.05.
    let models = [(0.86, 0.08), (0.85, 0.045), (0.84, 0.04), (0.83, 0.01)].map {
      Self.measurement($0.0, $0.1)
    }
    let rule = try ChoiceConfig(json: "{}")
    let choice = try ModelChoice(rule, models, Self.goals)
    #expect(choice.index == 2 && choice.because.contains("2 of 4 models"))
    // With other tolerances: the first is fair too; or none is, and the last exceeds 0.005 least.
    #expect(try ModelChoice(ChoiceConfig(json: #"{"tolerances": [0.09]}"#), models, Self.goals).index == 0)
    let none = try ModelChoice(ChoiceConfig(json: #"{"tolerances": [0.005]}"#), models, Self.goals)
    #expect(none.index == 3 && none.because.contains("no model keeps") && none.because.contains("0.015"))
  }

  @Test(
    "The knee has the smallest sum of goals scaled to 0...1, and a price moves the choice along the front")
  func kneeAndCost() throws {
    // Scaled (quality lost, gap): (0, 1), (0.25, 0.2), (0.75, 0.1), (1, 0): sums 1, 0.45, 0.85, 1.
    let wide = [(0.90, 0.010), (0.85, 0.002), (0.75, 0.001), (0.70, 0.0)].map { Self.measurement($0.0, $0.1) }
    #expect(try ModelChoice(ChoiceConfig(json: #"{"rule": "knee"}"#), wide, Self.goals).index == 1)
    let models = [(0.90, 0.10), (0.89, 0.02), (0.85, 0.01), (0.80, 0.0)].map { Self.measurement($0.0, $0.1) }
    func chosen(price: Double) throws -> Int {
      try ModelChoice(ChoiceConfig(json: #"{"rule": "cost", "price": \#(price)}"#), models, Self.goals).index
    }
    // −0.9 + 0.1 p, −0.89 + 0.02 p, −0.85 + 0.01 p, −0.8: the lines cross at p = 0.125, 4, 5.
    #expect(try [0.1, 1, 4.5, 6].map(chosen) == [0, 1, 2, 3])
  }

  @Test("An upper confidence bound is that of the difference of two rates by Agresti and Caffo (2000)")
  func bound() throws {
    // 60 of 100 and 20 of 100: (61/102 − 21/102) + 1.644854 √(0.598 · 0.402 / 102 + 0.206 · 0.794 / 102) = 0.49566
    let decisions = (0..<200).map { row -> Int64 in row % 100 < (row < 100 ? 20 : 60) ? 1 : 0 }
    let table = try Dataset([
      Column(
        name: "sex", texts: [String?](repeating: "f", count: 100) + [String?](repeating: "m", count: 100)),
      Column(name: "d", integers: decisions),
      Column(name: "y", integers: (0..<200).map { Int64($0 % 2) }),
    ])
    var data = DataConfig()
    (data.label, data.prediction) = ("y", "d")
    data.sensitive = [SensitiveColumn(name: "sex")]
    let evaluation = try Evaluation(table, data, Self.goals.selection(countsRows: true), task: .binary)
    let measured = Self.goals.measure(
      try evaluation.audit(decisionsOf: table, data, threshold: nil), countsRows: true)
    #expect(abs(measured.gaps[0].value - 0.4) < 1e-12)
    #expect(abs(measured.gaps[0].upper - 0.49566) < 1e-3)
    #expect(measured.quality == 0.5)
  }

  @Test(
    "The bound of equalized odds is that of the rate about which the rows say least, not that of the wider gap"
  )
  func boundOfTwoRates() throws {
    // True positive rates 25/50 and 24/50: 0.0192308 + 1.644854 √(0.25 / 52 + 0.2496302 / 52) = 0.18046.
    // False positive rates 2000/10000 and 1500/10000: 0.05, and at most 0.0588.
    var rows: [(group: String, label: Int64, decision: Int64)] = []
    for (group, found, alarms) in [("f", 25, 2000), ("m", 24, 1500)] {
      rows += (0..<50).map { (group, 1, $0 < found ? 1 : 0) }
      rows += (0..<10_000).map { (group, 0, $0 < alarms ? 1 : 0) }
    }
    let table = try Dataset([
      Column(name: "sex", texts: rows.map(\.group)), Column(name: "y", integers: rows.map(\.label)),
      Column(name: "d", integers: rows.map(\.decision)),
    ])
    var data = DataConfig()
    (data.label, data.prediction) = ("y", "d")
    data.sensitive = [SensitiveColumn(name: "sex")]
    // A group's distance from all rows is half of that from the other group.
    for (kind, value, expected) in [(Disparity.worst, 0.05, 0.18046), (.overall, 0.025, 0.09023)] {
      let audited = try #require(Criterion.equalizedOdds.audited(kind, task: .binary))
      let goals = SearchGoals(
        quality: "accuracy",
        gaps: [
          .init(
            objective: "equalized_odds", attribute: AttributeReference(["sex"]), audited: audited,
            tolerance: 0.1)
        ], confidence: 0.95)
      let evaluation = try Evaluation(table, data, goals.selection(countsRows: true), task: .binary)
      let audit = try evaluation.audit(decisionsOf: table, data, threshold: nil)
      let gap = goals.measure(audit, countsRows: true).gaps[0]
      #expect(abs(gap.value - value) < 1e-9)
      #expect(abs(gap.upper - expected) < 1e-4, "\(gap.upper)")
    }
  }

  @Test("A certificate is met, not met, or cannot tell, by its confidence bounds")
  func certificates() {
    func verdict(_ lower: Double, _ upper: Double) -> ToleranceVerdict {
      Certificate.verdict(.init(value: (lower + upper) / 2, lower: lower, upper: upper), tolerance: 0.05)
    }
    #expect(verdict(0, 0.05) == .yes && verdict(0.04, 0.06) == .unknown && verdict(0.051, 0.07) == .no)
  }

  @Test(
    "What 6,500 rows can certify: ±0.0185 for the selection rates of 2,150 and 4,350 people of whom 24% are positive"
  )
  func certifiable() {
    // 1.644854 √(0.24 · 0.76 (1 / 2150 + 1 / 4350)) = 0.01852
    let groups = [
      (name: "f", rows: 2150, byClass: [1634, 516]), (name: "m", rows: 4350, byClass: [3306, 1044]),
    ]
    let gap = CertifiableGap(Self.goals.gaps[0], groups, confidence: 0.95)
    #expect(abs(gap.halfWidth - 0.01852) < 1e-5)
    #expect(gap.note(rows: 6500) == nil)
  }

  // MARK: Proposing

  /// Trials of a function of the points; smaller is better.
  static func trials(_ method: inout some SearchMethod, _ loss: (Proposal) -> Double) -> [Trial] {
    var trials: [Trial] = []
    while true {
      let proposals = method.next(after: trials)
      if proposals.isEmpty { return trials }
      for proposal in proposals {
        let merit = -loss(proposal)
        trials.append(
          Trial(
            number: trials.count, point: proposal.point, values: [], isComplete: proposal.isComplete,
            measurement: Measurement(quality: merit, merit: merit, gaps: []), failure: nil, seconds: 0))
      }
    }
  }

  static func position(_ coordinate: SearchPoint.Coordinate) -> Double {
    if case .position(let position) = coordinate { position } else { .nan }
  }

  static let plane = try? SearchSpace.decoded(
    JSONValue.parse(#"{"/a": {"from": 0, "to": 1}, "/b": {"from": 0, "to": 1}, "/c": ["x", "y", "z"]}"#),
    at: "")

  /// (a − 0.3)² + (b − 0.8)² + 0.2 unless c is "y": the optimum is 0 at (0.3, 0.8, "y").
  static func loss(_ proposal: Proposal) -> Double {
    let (a, b) = (position(proposal.point.coordinates[0]), position(proposal.point.coordinates[1]))
    return (a - 0.3) * (a - 0.3) + (b - 0.8) * (b - 0.8)
      + (proposal.point.coordinates[2] == .choice(1) ? 0 : 0.2)
  }

  @Test("The Parzen estimator comes near the optimum of a known function, and nearer than random draws")
  func parzen() throws {
    let space = try #require(Self.plane)
    let order = CandidateOrder(tolerances: [])
    var (better, bests): (Int, [Double]) = (0, [])
    for seed in 0..<10 as Range<UInt64> {
      var parzen = ParzenSearch(space, trials: 80, order, seed: seed)
      var random = RandomSearch(space, trials: 80, seed: seed)
      let found = Self.trials(&parzen, Self.loss).compactMap { $0.measurement.map { -$0.merit } }
      let drawn = Self.trials(&random, Self.loss).compactMap { $0.measurement.map { -$0.merit } }
      #expect(found.count == 80 && drawn.count == 80)
      bests.append(found.min() ?? 1)
      better += (found.min() ?? 1) < (drawn.min() ?? 1) ? 1 : 0
      // Later proposals are better than the first random ones.
      let (first, last) = (found.prefix(10).reduce(0, +) / 10, found.suffix(20).reduce(0, +) / 20)
      #expect(last < 0.5 * first)
    }
    #expect(bests.sorted()[5] < 0.002 && better >= 8, "\(bests), \(better)")
  }

  @Test("Halving trains 9, 3 and 1 candidates with budgets 1, 3 and 9, and ends with the best one")
  func halving() throws {
    let space = try #require(Self.plane)
    var config = HalvingConfig()
    config.to = 9
    var method = HalvingSearch(space, trials: 9, config, CandidateOrder(tolerances: []), seed: 3)
    #expect(method.plannedTrainings == 13)
    var budgets: [Int] = []
    let trials = Self.trials(&method) { proposal in
      budgets.append(proposal.budget?.value ?? 0)
      return Self.loss(proposal)
    }
    #expect(budgets == [1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 9])
    #expect(trials.indices.filter { trials[$0].isComplete } == [12])
    let best = trials.prefix(9).max { ($0.measurement?.merit ?? 0) < ($1.measurement?.merit ?? 0) }
    #expect(trials.last?.point == best?.point)
    // Budgets that are not powers end with the largest.
    (config.from, config.to) = (2, 20)
    #expect(config.rounds == [2, 6, 18, 20])
  }

  @Test("A grid has every combination once; ranges have equal steps on their scale")
  func grids() throws {
    let space = try SearchSpace.decoded(
      JSONValue.parse(
        #"[{"/a": [1, 2], "/b": {"from": 0.01, "to": 1, "scale": "log", "steps": 3}}, {"/c": {"from": 1, "to": 2, "integer": true}}]"#
      ), at: "")
    let values = space.grid(first: 100).map {
      space.values(at: $0).map { "\($0.pointer) \($0.value.double ?? 0)" }
    }
    #expect(space.combinations == 8)
    #expect(values.count == 8 && Set(values).count == 8)
    #expect(values.suffix(2) == [["/c 1.0"], ["/c 2.0"]])
  }

  @Test("A value is placed at a JSON pointer; objects on the way are made")
  func placing() throws {
    let json = try JSONValue.parse(#"{"a": [1, {"b": 2}], "c": null}"#)
    #expect(try json.placing(3, at: "/a/1/b") == JSONValue.parse(#"{"a": [1, {"b": 3}], "c": null}"#))
    #expect(try json.placing(3, at: "/c/d~1e") == JSONValue.parse(#"{"a": [1, {"b": 2}], "c": {"d/e": 3}}"#))
    #expect(throws: Failure.self) { try json.placing(3, at: "/a/2") }
    #expect(throws: Failure.self) { try json.placing(3, at: "/a/0/x") }
  }
}
