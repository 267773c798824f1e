import Configurations
import Datasets
import Fairness
import Models
import Platform
import Transforms

/// Training rows as the steps of "prepare" leave them. Rows to be judged and predicted are not changed.
struct ChangedRows {
  let rows: Dataset
  /// What their columns mean: weights that were learnt are in a column of their own.
  let data: DataConfig
  /// An entry for each step.
  let report: [JSONValue]

  /// - Throws: `invalidConfig` and `invalidData` below "/prepare"; `unsupported` for labels of words, several labels,
  ///   and steps whose changes a model would have to make, too.
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
          + "eqp_transform_fit before the tuning, and eqp_transform_apply before each prediction, do",
        at: "/prepare/\(step.index)")
    }
    self.rows = try changed.finished()
    self.report = report
    var learnt = data
    if changed.hasNewWeights { learnt.weight = weight }
    self.data = learnt
  }
}
