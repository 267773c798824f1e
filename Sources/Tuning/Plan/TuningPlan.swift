import Auditing
import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Models
import Platform

/// A tuning, phase by phase.
///
///     prepare → read → train → decide → adjust → judge → report
///
/// The configuration is split here; each phase sees only its own part.
struct TuningPlan {
  let base: Model
  let preparing: PreparingSettings
  /// The threads of the plan; plans that run at the same time share the processors.
  let threads: ThreadBudget
  private let request: TuningRequest
  private let gradients: GradientSettings
  private let fitted: Network?
  private let trees: TreesConfig?
  /// Whether the base is an ensemble that is yet to grow.
  private let growsNewTrees: Bool
  private let reduction: ReductionConfig?
  private let goal: TrainingGoal
  private let judging: JudgingSettings
  /// Methods that change scores and decisions of the trained model.
  private let adjusting: [AdjustmentConfig]
  /// Whether the report compares with the same new model tuned without fairness objectives.
  private let comparesWithBaseline: Bool
  private let policy: PolicyConfig?
  /// The configuration, for the provenance.
  private let configuration: JSONValue
  /// The configuration without the keys that do not affect the trained model, for the fingerprint.
  private let identity: (DataConfig) -> String

  /// - Parameter fitted: the network of a training without constraints, from which this one continues; nil: this
  ///   training starts from the base model.
  /// - Throws: `unsupported` for settings that do not apply to this kind of model, `invalidConfig` if an
  ///   objective has no attribute.
  init(_ base: Model, _ config: FineTuneConfig, threads: ThreadBudget = .process, fitted: Network? = nil)
    throws
  {
    for setting in KindSetting.allCases where setting.isAsked(by: config.train) {
      guard base.reader.settings.contains(setting) else {
        throw Failure.unsupported(setting.refusal, at: setting.pointer)
      }
    }
    self.base = base
    self.threads = threads
    let isNamed = config.data.label != nil || !config.data.labels.isEmpty
    let data = isNamed ? config.data : base.data ?? config.data
    preparing = PreparingSettings(
      task: config.task, data: data, steps: config.prepare, augment: config.train.augment,
      hasNewHead: config.train.head != nil,
      seed: config.train.seed)
    request = TuningRequest(config.train, config.encoding, data)
    growsNewTrees = base.growsTrees
    gradients = GradientSettings(config.train, growsTrees: growsNewTrees, isFitted: fitted != nil)
    if !growsNewTrees { try config.train.trees?.requireChange(at: "/train/trees") }
    self.fitted = fitted
    trees = config.train.trees
    reduction = config.reduction
    let attributes = try TrainingGoal.attributes(
      config.fairness, data, counterfactual: base.reader.counterfactualAttribute)
    goal = TrainingGoal(
      fairness: config.fairness, attributes: attributes, loss: config.train.loss, threshold: config.threshold,
      seed: config.train.seed)
    judging = JudgingSettings(
      config.audit, config.policy, threshold: config.threshold,
      attributes: attributes + [config.train.earlyStopping?.attribute].compactMap { $0 })
    adjusting = config.after
    comparesWithBaseline = !base.isTrained && config.baseline && !config.fairness.isEmpty
    policy = config.policy
    configuration = config.encoded
    identity = { data in
      // The interval of checkpoints, whether training resumes, and adjustments do not affect the trained weights.
      var shown = config
      shown.after = []
      shown.data = data
      shown.train.checkpoint = nil
      return shown.encoded.text()
    }
  }

  /// Runs the phases.
  ///
  /// - Parameters:
  ///   - train: the training rows, all with labels.
  ///   - validation: the validation rows; nil: some training rows are set aside.
  ///   - origin: the datasets from which these rows were selected, for the provenance.
  func run(
    _ train: Dataset, _ validation: Dataset?, from origin: (train: Dataset, validation: Dataset?),
    _ progress: Progress.Callback?
  ) throws -> (model: Model, report: JSONValue) {
    try threads.within { try runPhases(train, validation, from: origin, progress) }
  }

  private func runPhases(
    _ train: Dataset, _ validation: Dataset?, from origin: (train: Dataset, validation: Dataset?),
    _ progress: Progress.Callback?
  ) throws -> (model: Model, report: JSONValue) {
    let prepared = try PreparedRows(base, train: train, validation: validation, preparing)
    let problem = try problem(prepared, goal)
    var baseline: (() throws -> Validation.Result)?
    if comparesWithBaseline {
      baseline = { try self.judgedBaseline(prepared, origin, by: problem.validation) }
    }
    let course = TrainingCourse(problem, progress, baseline: baseline)
    if let fitted { course.network = fitted }
    for method in methods(problem, prepared, origin) { try method.train(course) }
    guard course.account.weightsAreFinite else {
      throw Failure.invalidConfig(
        "the weights grew beyond all bounds in training; a smaller learning_rate or clip_norm keeps them finite",
        at: "/train/optimizer/learning_rate")
    }
    let origins = try provenance(
      config: configuration, dataset: origin.train, validation: origin.validation, base: base.provenance,
      seed: gradients.seed)
    let trained = try model(course, prepared, origins)
    let result = course.mixture.map(JudgedNetworks.mixture) ?? .network(course.network)
    var deciding: ((Buffer<Float>, Dataset) throws -> DecidedRows)?
    if course.mixture != nil {
      deciding = { scores, rows in try trained.decided(scores, of: rows, task: trained.task) }
    }
    let plain = try problem.validation.judge(result, reported: true, deciding: deciding)
    var report = TuningReport(
      prepared: prepared, course: course, after: plain, policy: policy, provenance: origins)
    guard !adjusting.isEmpty else { return (trained, try report.json()) }
    let (adjusted, account) = try TuningAdjustment(trained, prepared, plain.decided, adjusting).adjusted(
      origins)
    report.adjustment = account
    report.after = try problem.validation.judge(result, reported: true) { scores, rows in
      try adjusted.decided(scores, of: rows, task: adjusted.task)
    }
    return (adjusted, try report.json())
  }

  private func problem(_ prepared: PreparedRows, _ goal: TrainingGoal) throws -> TrainingProblem {
    var request = request
    request.data = prepared.learntData
    return try TrainingProblem(base, prepared, request, goal, judging)
  }

  // MARK: Train

  /// The methods that change the network, in order.
  private func methods(
    _ problem: TrainingProblem, _ prepared: PreparedRows, _ origin: (train: Dataset, validation: Dataset?)
  ) -> [any TrainingMethod] {
    var methods: [any TrainingMethod] = []
    if growsNewTrees {
      if fitted == nil { methods.append(treeFitting) }
    } else if let trees {
      methods.append(TreeGrowing(settings: trees, seed: gradients.seed))
    }
    let training = gradientTraining(gradients, problem, origin)
    methods.append(reduction.map { ReductionTraining(config: $0, training: training) } ?? training)
    if let trees, trees.prune { methods.append(TreePruning(settings: trees)) }
    return methods
  }

  private var treeFitting: TreeFitting {
    TreeFitting(
      settings: trees ?? TreesConfig(), seed: gradients.seed, hasPhases: gradients.mayHavePhases)
  }

  private func gradientTraining(
    _ settings: GradientSettings, _ problem: TrainingProblem, _ origin: (train: Dataset, validation: Dataset?)
  ) -> GradientTraining {
    GradientTraining(settings: settings) { loop in
      let digest = Digest()
      digest.update(identity(problem.tunable.data))
      digest.update(try origin.train.digest())
      // Early stopping and the choice of epoch depend on the validation rows.
      digest.update(try origin.validation?.digest() ?? "none")
      digest.update("threads \(WorkerPool.threads)")
      for tensor in loop.network.graph.parameters {
        let values = try tensor.values
        withExtendedLifetime(values) { digest.update(UnsafeRawBufferPointer(values.elements)) }
      }
      return digest.finish()
    }
  }

  /// The judgement of the same new model after the same number of epochs without fairness objectives.
  private func judgedBaseline(
    _ prepared: PreparedRows, _ origin: (train: Dataset, validation: Dataset?), by validation: Validation
  ) throws -> Validation.Result {
    let problem = try problem(prepared, goal.withoutFairness)
    let course = TrainingCourse(problem, nil, baseline: nil)
    if growsNewTrees { try treeFitting.train(course) }
    try gradientTraining(gradients.withoutTraces, problem, origin).train(course)
    return try validation.judge(course.network, reported: true)
  }

  // MARK: Decide

  /// The model of the trained network, with its reader, decision and record.
  private func model(_ course: TrainingCourse, _ prepared: PreparedRows, _ provenance: JSONValue) throws
    -> Model
  {
    var data = course.problem.tunable.data
    // Learnt weights apply to the training rows only.
    data.weight = prepared.data.weight
    var request = request
    request.data = data
    let classes = prepared.learntLabels.classes(data)
    let reader = try course.problem.tunable.reader.tuned(
      course.network, task: prepared.taskName, classes: classes, request)
    // The data name the columns as rows have them, before the model's steps change them.
    if prepared.preparation != nil { data.include = prepared.data.include }
    var record = ModelRecord(
      kind: base.kind, task: prepared.learntLabels.task, classLabels: classes, data: data,
      threshold: goal.threshold, policy: policy?.encoded ?? .null, provenance: provenance)
    guard let mixture = course.mixture else { return try Model(course.network, reader: reader, record) }
    if mixture.combination == .decisions {
      record.adjustments.steps = [
        Adjustment(
          attribute: nil, .draw(DrawnDecision(seed: UInt64(bitPattern: Int64(gradients.seed)))))
      ]
      record.adjustments.key = reduction?.key
    }
    return try Model(mixture, reader: reader, record)
  }
}

extension Model {
  /// Whether the model is an ensemble of trees that is yet to grow.
  var growsTrees: Bool { !isTrained && reader.settings.contains(.trees) }
}
