import Datasets
import Engine
import Fairness
import Formats
import Models
import Platform

/// The second phase of a tuning: rows as inputs of the network, and what it is to learn from them.
struct TrainingProblem {
  private(set) var goal: TrainingGoal
  let tunable: TunableModel
  /// The training rows.
  private(set) var rows: TrainingRows
  /// Rows that training does not see; group numbers are those of `rows`; nil: there are none.
  private(set) var heldOut: TrainingRows?
  /// Whether the held-out rows were set aside from the training rows.
  let heldOutIsOfTraining: Bool
  /// The rows for judging, read as training rows.
  let judgedRows: () throws -> TrainingRows
  /// The rows for judging before and after the tuning.
  let validation: Validation
  /// For a part of the network that is trained: its kind, on which the size of steps depends, and whether it
  /// is new.
  let effort: (TrainedPart) -> (kind: TrainedKind, isNew: Bool)
  /// A prefix of parameters' names that patterns may omit.
  let namePrefix: String

  /// - Throws: `invalidConfig` if columns, labels and network do not fit together; `invalidData` for rows
  ///   that cannot be read.
  init(
    _ base: Model, _ prepared: PreparedRows, _ request: TuningRequest, _ goal: TrainingGoal,
    _ judging: JudgingSettings
  ) throws {
    self.goal = goal
    let labelled = prepared.learntLabels
    let changed = try base.reader.tunable(base, prepared.learnt, labelled, request)
    let tunable = prepared.preparation.map { changed.prepared(by: $0) } ?? changed
    self.tunable = tunable
    if labelled.unit == .rows { try Self.outputs(of: tunable.network, fit: labelled.labels) }
    rows = try TrainingRows(
      prepared.learnt, goal, prepared.learntData, labelled: labelled, inputs: tunable.inputs,
      reader: tunable.reader
    )
    let inputs = prepared.areTheSame ? tunable.inputs : try tunable.read(prepared.judged)
    validation = try Validation(
      prepared.judged, prepared.data, judging, labelled: prepared.judgedLabels, inputs: inputs,
      loss: goal.loss.loss(for: labelled.targets[0].task, at: "/train/loss"))
    judgedRows = {
      try TrainingRows(
        prepared.judged, goal, prepared.data, labelled: prepared.judgedLabels, inputs: inputs,
        reader: tunable.reader)
    }
    heldOut =
      try prepared.isHeldOut
      ? TrainingRows(
        prepared.judged, goal, prepared.data, labelled: prepared.judgedLabels, inputs: inputs,
        reader: tunable.reader, counterfactuals: false
      ).renumbered(as: rows) : nil
    heldOutIsOfTraining = prepared.isSetAside
    effort = { base.reader.effort(of: $0, base, labelled, request) }
    namePrefix = base.reader.namePrefix
  }

  /// The same rows without fairness objectives, with labels and weights that a reduction may replace.
  func withOwnTargets() throws -> TrainingProblem {
    var copy = self
    copy.goal = goal.withoutFairness
    copy.rows = try rows.withOwnTarget()
    copy.heldOut = try heldOut?.withOwnTarget()
    return copy
  }

  /// - Throws: `invalidConfig` if the network's outputs do not fit the labels.
  private static func outputs(of network: Network, fit labels: Labels) throws {
    let width = network.graph.outputWidth
    guard labels.task.fits(outputs: width) else {
      throw Failure.invalidConfig(
        "the network has \(width) outputs, which does not fit a \(labels.task.name) label"
          + (labels.classes.isEmpty ? "" : " of \(labels.classes.count) classes"), at: "/data/label")
    }
  }
}
