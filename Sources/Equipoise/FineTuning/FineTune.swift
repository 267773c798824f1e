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
  // By the trainer's copy of the weights: the base's need not come back from their file.
  let before = try preparation.validation.judge(loop.presentNetwork(), reported: true)

  if let checkpointConfig = config.train.checkpoint {
    let fingerprint = try preparation.fingerprint(train, validation)
    let checkpoint = try Checkpoint(checkpointConfig, fingerprint: fingerprint)
    if checkpointConfig.resume, try checkpoint.restore(loop) {
      Log.write(.info, "training goes on from step \(loop.position.step)")
    }
    try loop.run(progress: progress, judge: { try preparation.validation.judge(loop.presentNetwork()) }) {
      try checkpoint.save($0)
    }
  } else {
    try loop.run(progress: progress, judge: { try preparation.validation.judge(loop.presentNetwork()) }) {
      _ in
    }
  }

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
  let model = try Model(
    .network(tuned), kind: base.kind, encoder: preparation.encoder, data: preparation.config.data,
    task: preparation.labelled.task, classLabels: preparation.labelled.classes(preparation.config.data),
    threshold: config.threshold,
    policy: config.policy?.encoded ?? .null, provenance: origin,
    text: base.text?.replacing(
      tuned, task: preparation.taskName, labels: preparation.labelled.classes(preparation.config.data),
      layers: config.train.head, longTexts: preparation.config.data.longTexts))
  return (
    model,
    try preparation.report(before: before, after: after, pruned: pruning?.pruned ?? 0, provenance: origin)
      .countingUnlabelled(withoutLabel)
  )
}
