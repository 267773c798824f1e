import Datasets
import Equipoise
import Fairness
import Platform
import Testing

@testable import Models
@testable import Tuning

/// A training loop on the table and the stumps of `TreeGrowthTests`.
@Suite("The training loop")
struct TrainingLoopTests {
  /// - Parameter train: the members of "train".
  static func loop(
    _ base: Model, on table: Dataset, heldOut: Dataset? = nil, _ train: String = "",
    fairness: String = "[]", data: String = #"{"label": "y", "sensitive": ["group"], "exclude": ["group"]}"#
  ) throws -> (loop: TrainingLoop, problem: TrainingProblem) {
    let config = try FineTuneConfig(
      json: #"{"data": \#(data), "train": {\#(train)}, "fairness": \#(fairness)}"#)
    let prepared = try PreparedRows(
      base, train: table, validation: heldOut ?? table,
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
}
