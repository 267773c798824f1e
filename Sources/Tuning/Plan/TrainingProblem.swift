import Datasets
import Engine
import Fairness
import Formats
import Models
import Platform

/// The second phase of a tuning: rows as the network takes them, and what the network is to learn of them.
struct TrainingProblem {
  let goal: TrainingGoal
  let tunable: TunableModel
  /// To learn from.
  let rows: TrainingRows
  /// That training does not see, with groups numbered as those of `rows` are; nil: there are none.
  let heldOut: TrainingRows?
  /// Whether these were set aside from the training rows.
  let heldOutIsOfTraining: Bool
  /// Those by which the model is judged, as training would learn from them.
  let judgedRows: () throws -> TrainingRows
  /// By which the model is judged before and after.
  let validation: Validation
  /// The size of steps and what it depends on, of a part of the network that is trained.
  let effort: (TrainedPart) -> (kind: TrainedKind, isNew: Bool)
  /// What a parameter's name may begin with that patterns leave out.
  let namePrefix: String
  /// That training and judging may use.
  let threads: ThreadBudget

  /// - Throws: `invalidConfig` where columns, labels and network do not fit; `invalidData` for rows that cannot be read.
  init(
    _ base: Model, _ prepared: PreparedRows, _ request: TuningRequest, _ goal: TrainingGoal,
    _ judging: JudgingSettings, _ threads: ThreadBudget
  ) throws {
    self.goal = goal
    self.threads = threads
    let labelled = prepared.learntLabels
    let tunable = try base.reader.tunable(base, prepared.learnt, labelled, request)
    self.tunable = tunable
    if labelled.thing == .rows { try Self.outputs(of: tunable.network, fit: labelled.labels) }
    rows = try TrainingRows(
      prepared.learnt, goal, prepared.learntData, labelled: labelled, inputs: tunable.inputs,
      reader: tunable.reader
    )
    let inputs = prepared.areTheSame ? tunable.inputs : try tunable.read(prepared.judged)
    validation = try Validation(
      prepared.judged, prepared.data, judging, labelled: prepared.judgedLabels, inputs: inputs,
      loss: goal.loss.loss(for: labelled.targets[0].task, at: "/train/loss"), threads: threads)
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

  /// - Throws: `invalidConfig` when the network has other outputs than the labels need.
  private static func outputs(of network: Network, fit labels: Labels) throws {
    let width = network.graph.outputWidth
    guard labels.task.fits(outputs: width) else {
      throw Failure.invalidConfig(
        "the network has \(width) outputs, which does not fit a \(labels.task.name) label"
          + (labels.classes.isEmpty ? "" : " of \(labels.classes.count) classes"), at: "/data/label")
    }
  }
}
