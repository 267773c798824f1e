import Configurations
import Datasets
import Fairness
import Models
import Platform
import Transforms

/// The training rows after the steps of "prepare". Rows for judging and prediction are not changed.
struct ChangedRows {
  let rows: Dataset
  /// The meaning of the columns; learnt weights are in an additional column.
  let data: DataConfig
  /// One entry per step.
  let report: [JSONValue]

  /// - Throws: `invalidConfig` and `invalidData` below "/prepare"; `unsupported` for labels of words, several
  ///   labels, and steps that a model would have to apply in prediction too.
  init(_ rows: Dataset, _ data: DataConfig, _ steps: [StepConfig], _ labelled: LabelledRows, seed: Int) throws
  {
    guard !steps.isEmpty else {
      (self.rows, self.data, report) = (rows, data, [])
      return
    }
    guard labelled.thing == .rows else {
      throw Failure.unsupported("steps change rows with one label each", at: "/prepare")
    }
    let fixed = try data.fixingQuantiles(in: rows)
    let labels = try Labels(
      rows, fixed, choice: .auto, known: labelled.labels.task, classes: labelled.labels.classes)
    let weight = data.learntWeightColumn(in: rows)
    var changed = try TransformRows(rows, fixed, labels: labels, weight: weight)
    let (pipeline, report) = try Pipeline.fit(steps, &changed, seed: seed, at: "/prepare", reporting: true)
    if let step = pipeline.firstThatChangesInputs {
      throw Failure.unsupported(
        "the step \"\(step.name)\" changes what the model reads, and a saved model does not repeat it; "
          + "use eqp_transform_fit before the tuning, and eqp_transform_apply before each prediction",
        at: "/prepare/\(step.index)")
    }
    self.rows = try changed.finished()
    self.report = report
    var learnt = data
    if changed.hasNewWeights { learnt.weight = weight }
    self.data = learnt
  }
}
