import Datasets
import Equipoise
import Platform
import Testing

@testable import Fairness
@testable import Models
@testable import Tuning

/// A training loop on the table and the stumps of `TreeGrowthTests`.
@Suite("The training loop")
struct TrainingLoopTests {
  /// - Parameters:
  ///   - heldOut: nil: the rows of the table.
  ///   - setsAside: whether some rows of the table are held out instead.
  ///   - train: the members of "train".
  static func loop(
    _ base: Model, on table: Dataset, heldOut: Dataset? = nil, setsAside: Bool = false, _ train: String = "",
    fairness: String = "[]", data: String = #"{"label": "y", "sensitive": ["group"], "exclude": ["group"]}"#
  ) throws -> (loop: TrainingLoop, problem: TrainingProblem) {
    let config = try FineTuneConfig(
      json: #"{"data": \#(data), "train": {\#(train)}, "fairness": \#(fairness)}"#)
    let prepared = try PreparedRows(
      base, train: table, validation: setsAside ? nil : heldOut ?? table,
      PreparingSettings(
        task: config.task, data: config.data, steps: [], augment: config.train.augment, hasNewHead: false,
        seed: 0))
    let attributes = try TrainingGoal.attributes(config.fairness, config.data, counterfactual: nil)
    let goal = TrainingGoal(
      fairness: config.fairness, attributes: attributes, loss: config.train.loss, threshold: 0.5, seed: 0)
    let problem = try TrainingProblem(
      base, prepared, TuningRequest(config.train, config.encoding, config.data), goal,
      JudgingSettings(config.audit, nil, threshold: 0.5, attributes: attributes))
    let course = TrainingCourse(problem, nil, baseline: nil)
    return (
      try GradientTraining(settings: GradientSettings(config.train)) { _ in "" }.loop(course), problem
    )
  }

  private static func stumps(in directory: TemporaryDirectory) throws -> Model {
    try TreeGrowthTests.model(
      [(column: 0, below: -0.4, above: 0.3), (column: 1, below: 0.1, above: -0.2)], in: directory)
  }

  // With plain descent of rate η, the step is w − η ∂L; the pull of strength p then moves the weights by the
  // share η p towards their home h: w′ − η p (w′ − h).
  @Test(
    "A step is drawn back to its home by rate times pull, at most the whole way",
    arguments: [(Float(0.8), Float(0.4)), (3, 1)])
  func pull(pull: Float, share: Float) throws {
    let directory = try TemporaryDirectory()
    let (base, table) = (try Self.stumps(in: directory), try TreeGrowthTests.table())
    let train = #""epochs": 1, "batch_size": 80, "optimizer": {"name": "sgd", "learning_rate": 0.5}"#
    let (free, _) = try Self.loop(base, on: table, train)
    let (drawn, _) = try Self.loop(base, on: table, train)
    let start = free.trainer.weights.array
    let home = try Buffer(copying: start.indices.map { start[$0] + 0.25 * Float($0 % 4) - 0.5 })
    (drawn.home, drawn.pull) = (home, pull)
    for loop in [free, drawn] {
      loop.arrangeRows()
      try loop.step()
    }
    let moved = free.trainer.weights.array
    #expect(largestDifference(moved, start) > 0.01)
    let expected = zip(moved, home.array).map { $0 - share * ($0 - $1) }
    #expect(largestDifference(drawn.trainer.weights.array, expected) < 1e-6)
  }

  @Test("Leaves under a constraint are pulled towards those of the base model")
  func leavesArePulled() throws {
    let directory = try TemporaryDirectory()
    let (base, table) = (try Self.stumps(in: directory), try TreeGrowthTests.table())
    let (loop, _) = try Self.loop(
      base, on: table,
      fairness: #"[{"objective": "demographic_parity", "tolerance": 0.01, "minimum_count": 5}]"#)
    let leaves = loop.trainer.weights.array
    var training = PhasedTraining(loop, nil)
    try training.run {}
    #expect(loop.pull == 3 && loop.home?.array == leaves)
    #expect(loop.trainer.weights.array != leaves)
  }

  // The first 20 of the 80 rows are held out. x is 0 in all of them, so that the base selects none.
  @Test("Held-out rows are judged by themselves, with the groups that the training rows pool")
  func heldOutRows() throws {
    let directory = try TemporaryDirectory()
    let (base, table) = (try Self.stumps(in: directory), try TreeGrowthTests.table())
    let (loop, problem) = try Self.loop(
      base, on: table, heldOut: table.selecting(rows: Array(0..<20)),
      fairness: #"[{"objective": "demographic_parity", "tolerance": 0.01, "minimum_count": 12}]"#)
    try loop.measureTrainingRows(pace: 0)
    let judge = try #require(loop.heldOut)
    #expect(problem.heldOut?.rows == 20 && judge.rows.rows == 20)
    let own = try #require(judge.objective.constraints.first?.constraint)
    #expect(own.poolsAs === loop.objective.constraints.first?.constraint)
    // Rows 0 to 19 have 6 rows of group a and 14 of group b; x = 0 and z = 0 or 1 give −0.3 and −0.6.
    let judgement = try judge.judge(loop)
    #expect(judgement.tally.weight == 20 && judgement.gaps.count == 1)
    #expect(own.smallGroups(0).isEmpty && judgement.gaps[0].value == 0)
  }

  private static let parity = #"[{"objective": "demographic_parity", "tolerance": 0.6}]"#

  /// A loop of a logistic regression with the logit `bias` − 4 for rows with x = 0, which are half of the
  /// table and are encoded as −1, and `bias` + 4 for those with x = 1.
  private static func logistic(bias: Float, setsAside: Bool = false) throws -> TrainingLoop {
    let data = #"{"label": "y", "sensitive": ["group"], "include": ["x"]}"#
    let (base, _) = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: TreeGrowthTests.table(),
      #"{"data": \#(data), "train": {"epochs": 0}}"#)
    let (loop, _) = try Self.loop(
      base, on: TreeGrowthTests.table(), setsAside: setsAside, fairness: parity, data: data)
    let (weight, shift) = (
      try #require(loop.trainer.offset(ofParameter: 0)), try #require(loop.trainer.offset(ofParameter: 1))
    )
    (loop.trainer.weights.pointer[weight], loop.trainer.weights.pointer[shift]) = (4, bias)
    return loop
  }

  private static func rows(of loop: TrainingLoop) throws -> (all: Int, counted: Double) {
    let constraint = try #require(loop.objective.constraints.first?.constraint)
    return (loop.rows.rows + (loop.heldOut?.rows.rows ?? 0), constraint.settledSignal.rows)
  }

  @Test("Rows that were set aside from the training rows count for its constraints, also while outputs shift")
  func setAsideRows() throws {
    let loop = try Self.logistic(bias: 0, setsAside: true)
    // A tenth of each label and group, rounded: of 26, 22, 18 and 14 rows 3, 2, 2 and 1.
    #expect(loop.heldOut?.isOfTraining == true && loop.rows.rows == 72)
    try loop.measureTrainingRows(pace: 0)
    #expect(try Self.rows(of: loop) == (80, 80))
    _ = try #require(loop.shift).improve()
    #expect(try Self.rows(of: loop) == (80, 80))
  }

  @Test("Outputs are shifted to the threshold with the fewest errors, and stay where none is better")
  func shift() throws {
    // The logits −14 and −6 select nobody.
    let low = try Self.logistic(bias: -10)
    let place = try #require(low.trainer.offset(ofParameter: 1))
    #expect(try #require(low.shift).improve())
    #expect(abs(low.trainer.weights.pointer[place]) < 1e-4)
    let right = try Self.logistic(bias: 0)
    #expect(try !#require(right.shift).improve() && right.trainer.weights.pointer[place] == 0)
  }

  @Test("Outputs equal to the decision logit are positive when errors are counted")
  func equalToThreshold() throws {
    let loop = try Self.logistic(bias: 0)
    let target = loop.rows.targets[0]
    let logit = loop.objective.ofRows.decisionLogit
    let outputs = try Buffer(copying: target.values.array.map { $0 > 0.5 ? logit : logit - 1 })
    #expect(try #require(loop.shift).offset(of: outputs, target, from: 0) == 0)
  }

  // With one row a step, rounds of a phased training have 40 steps. The sums of all 80 rows count half.
  @Test("A round within an epoch keeps half of what all rows gave")
  func rounds() throws {
    let directory = try TemporaryDirectory()
    let (loop, _) = try Self.loop(
      Self.stumps(in: directory), on: TreeGrowthTests.table(), #""batch_size": 1"#, fairness: Self.parity)
    try loop.measureTrainingRows(pace: 0)
    loop.arrangeRows()
    for _ in 0..<40 { try loop.step() }
    #expect(try Self.rows(of: loop).counted == 0.5 * 80 + 40)
  }

  @Test("A candidate's weights come back with the offset of its decisions")
  func candidates() throws {
    let loop = try Self.logistic(bias: 0)
    loop.offset = 0.75
    try loop.keepIfBest(CandidateRank(loss: 1))
    let best = try #require(loop.best)
    let weights = loop.trainer.weights.array
    loop.offset = 0
    loop.trainer.weights.clear()
    loop.take(best)
    #expect(loop.offset == 0.75 && loop.trainer.weights.array == weights)
    #expect(loop.objective.ofRows.decisionOffset == 0.75)
  }

  // All rows are decided alike, and near these weights nothing keeps the tolerance that decides otherwise.
  @Test("Weights that decide all rows alike are replaced by useful ones")
  func restoration() throws {
    let table = try PromiseTests.separable(rows: 82, seed: 4)
    let (fitted, _) = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: table, #"{"data": {"label": "y", "sensitive": ["g"]}}"#)
    let (loop, _) = try Self.loop(
      fitted, on: table, fairness: #"[{"objective": "demographic_parity", "tolerance": 0.05}]"#,
      data: #"{"label": "y", "sensitive": ["g"]}"#)
    loop.home = try Buffer(copying: loop.trainer.weights.elements)
    loop.unconstrained = UnconstrainedDecisions(try loop.measureTrainingRows(pace: 0).tally)
    loop.trainer.weights.clear()
    let alike = loop.rank(try loop.measureTrainingRows(pace: 0), try loop.heldOut?.judge(loop))
    #expect(alike.isConstant && alike.violation == 0)
    try loop.keepIfBest(alike)
    let found = try Restoration(loop: loop).restored(#require(loop.best))
    #expect(found.rank.isSound && found.rank.isUseful && found.rank.cost < alike.cost)
    loop.take(found)
    let rank = loop.rank(try loop.measureTrainingRows(pace: 0), try loop.heldOut?.judge(loop))
    #expect(rank.isSound && abs(rank.cost - found.rank.cost) < 1e-6)
  }

  @Test("no_worse compares with the base model's values, which training measures first")
  func reference() throws {
    let directory = try TemporaryDirectory()
    let (loop, _) = try Self.loop(
      Self.stumps(in: directory), on: TreeGrowthTests.table(),
      fairness:
        #"[{"objective": "demographic_parity", "tolerance": 0.01, "minimum_count": 5, "no_worse": true}]"#)
    var training = PhasedTraining(loop, nil)
    try training.run {}
    let constraint = try #require(loop.objective.constraints.first?.constraint)
    #expect(constraint.reference.array.allSatisfy { $0.isFinite })
  }

  @Test("Held-out rows of a group that training rows do not have belong to no group")
  func unknownGroups() throws {
    let directory = try TemporaryDirectory()
    let table = try TreeGrowthTests.table()
    let held = try table.selecting(columns: ["x", "z", "y"])
    try held.add(Column(name: "group", texts: (0..<80).map { ["b", "c", "a", nil][$0 % 4] }))
    let (loop, _) = try Self.loop(
      Self.stumps(in: directory), on: table, heldOut: held, fairness: Self.parity)
    let names = loop.rows.groupings[0].names
    let (a, b) = (Int32(names.firstIndex(of: "a") ?? -2), Int32(names.firstIndex(of: "b") ?? -2))
    #expect(loop.heldOut?.rows.groupings[0].codes.array.prefix(4) == [b, -1, a, -1])
  }

  // The rows of the classes weigh 3 and 1, of 4; each class gets half: 4 / (2 · 3) and 4 / (2 · 1).
  @Test("Balanced classes have the same sum of weights, with the rows' own weights")
  func balanced() throws {
    let directory = try TemporaryDirectory()
    let table = try SyntheticTable.csv("x,z,y,w,group\n0,0,0,2,a\n0,1,0,1,b\n1,0,1,0.5,a\n1,1,1,0.5,b\n")
    let (loop, _) = try Self.loop(
      Self.stumps(in: directory), on: table, #""loss": {"balanced": true}"#,
      data: #"{"label": "y", "sensitive": ["group"], "weight": "w", "include": ["x", "z"]}"#)
    let expected: [Float] = [4.0 / 3, 2.0 / 3, 1, 1]
    #expect(loop.rows.targets[0].weights?.array == expected)
  }

  @Test("The first phase divides its learning rate by 2.5 when the loss stops falling")
  func rates() throws {
    let (_, report) = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: SyntheticTable.biased(rows: 200), #"{"data": {"label": "y", "sensitive": ["sex"]}}"#)
    let entries = try #require(report["history"]?.array).filter { $0["phase"] == "fit" }
    let rates = entries.compactMap { $0["learning_rate"]?.double }
    let (first, last) = (try #require(rates.first), try #require(rates.last))
    #expect(rates == rates.sorted(by: >) && abs(last / first - 0.4 * 0.4 * 0.4) < 1e-6, "\(rates)")
  }
}
