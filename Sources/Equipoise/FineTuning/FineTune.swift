import Datasets
import Engine
import Fairness
import Formats
import Platform

/// Fine-tunes a model under fairness objectives; the base stays as it is and may go on serving.
///
/// - Parameters:
///   - validation: rows for the report, early stopping and the choice of epoch; nil: a tenth of `train`,
///     stratified by label and group, is set aside.
///   - progress: receives an event now and then; false stops the work with `cancelled`.
/// - Returns: the tuned model and the report (docs/reports.md).
/// - Throws: `invalidConfig`, `invalidData`, `unsupported`, `cancelled`, `outOfMemory`, `io`.
public func fineTune(
  _ base: Model, train: Dataset, validation: Dataset?, _ config: FineTuneConfig,
  progress: ((JSONValue) -> Bool)? = nil
) throws -> (model: Model, report: JSONValue) {
  try Memory.requireRoom(forRows: train.rows, for: "training rows")
  let meaning =
    config.data.label == nil && config.data.labels.isEmpty ? base.data ?? config.data : config.data
  let (rows, withoutLabel) = try train.leavingOutUnlabelled(meaning)
  let preparation = try Preparation(
    base, train: rows, validation: validation?.leavingOutUnlabelled(meaning).rows, config, progress)
  let loop = preparation.loop
  func judge(reported: Bool = false) throws -> Validation.Result {
    // By the trainer's copy of the weights: the base's need not come back from their file.
    try preparation.validation.judge(loop.presentNetwork(), reported: reported)
  }
  var before: Validation.Result?
  if base.isTrained || !config.baseline || config.fairness.isEmpty { before = try judge(reported: true) }
  var unconstrained: Validation.Result?
  var phases: PhasedTraining?
  if loop.effort.hasPhases {
    var training = PhasedTraining(loop, progress)
    try training.run { unconstrained = try judge(reported: true) }
    phases = training
  } else {
    if before == nil, !config.fairness.isEmpty {
      before = try preparation.judgedBaseline(base, train: rows, validation: validation, config)
    }
    try preparation.runEpochs(train, validation, progress) { try judge() }
  }
  let closed = try loop.close()
  var tuned = try loop.tunedNetwork()
  guard loop.trainer.weights.elements.allSatisfy(\.isFinite) else {
    throw Failure.invalidConfig(
      "the weights grew beyond all bounds in training; a smaller learning_rate or clip_norm keeps them finite",
      at: "/train/optimizer/learning_rate")
  }
  let pruning = try preparation.pruning?.prune(tuned)
  if let pruning { tuned = pruning.network }
  let after = try preparation.validation.judge(tuned, reported: true)
  let origin = try provenance(
    config: config.encoded, dataset: train, validation: validation, base: base.provenance,
    seed: config.train.seed)
  let model = try preparation.model(of: tuned, base, config, provenance: origin)
  return (
    model,
    try preparation.report(
      before: before ?? unconstrained ?? after, unconstrained: unconstrained,
      constraints: closed.map {
        ConstraintReport(loop: loop, training: $0.training, heldOut: $0.heldOut, baseline: phases?.baseline)
      }, phases: phases, after: after, pruned: pruning?.pruned ?? 0, provenance: origin
    ).countingUnlabelled(withoutLabel)
  )
}

extension Preparation {
  /// The model of a network that was tuned.
  func model(of tuned: Network, _ base: Model, _ config: FineTuneConfig, provenance: JSONValue) throws
    -> Model
  {
    let classes = labelled.classes(self.config.data)
    let reader = try reader.tuned(tuned, task: taskName, classes: classes, TuningRequest(self.config))
    return try Model(
      tuned, reader: reader,
      ModelRecord(
        kind: base.kind, task: labelled.task, classLabels: classes, data: self.config.data,
        threshold: config.threshold, policy: config.policy?.encoded ?? .null, provenance: provenance))
  }

  /// How the same new model is judged that is tuned for as many epochs without fairness objectives.
  func judgedBaseline(_ base: Model, train: Dataset, validation: Dataset?, _ config: FineTuneConfig) throws
    -> Validation.Result
  {
    var free = config
    free.fairness = []
    free.train.checkpoint = nil
    free.train.trace = false
    let preparation = try Preparation(base, train: train, validation: validation, free, nil)
    let loop = preparation.loop
    try preparation.runEpochs(train, validation, nil) {
      try preparation.validation.judge(loop.presentNetwork())
    }
    _ = try loop.close()
    return try self.validation.judge(loop.presentNetwork(), reported: true)
  }

  /// Runs the epochs that a configuration names, from a checkpoint on where one is asked for.
  func runEpochs(
    _ train: Dataset, _ validation: Dataset?, _ progress: Progress.Callback?,
    judge: () throws -> Validation.Result
  ) throws {
    guard let checkpointConfig = config.train.checkpoint else {
      try loop.run(progress: progress, judge: judge) { _ in }
      return
    }
    let checkpoint = try Checkpoint(checkpointConfig, fingerprint: try fingerprint(train, validation))
    if checkpointConfig.resume, try checkpoint.restore(loop) {
      Log.write(.info, "training goes on from step \(loop.position.step)")
    }
    try loop.run(progress: progress, judge: judge) { try checkpoint.save($0) }
  }
}
