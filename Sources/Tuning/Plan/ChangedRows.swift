import Configurations
import Datasets
import Fairness
import Models
import Platform
import Transforms

/// The training rows after the steps of "prepare".
struct ChangedRows {
  let rows: Dataset
  /// The meaning of the columns; learnt weights are in an additional column.
  let data: DataConfig
  /// One entry per step.
  let report: [JSONValue]
  /// The steps that change columns, which the model applies to all other rows; nil: there are none.
  let preparation: Preparation?

  /// - Throws: `invalidConfig` and `invalidData` below "/prepare"; `unsupported` for labels of words, several
  ///   labels, and steps that change columns of texts or of a model that already prepares its columns.
  init(
    _ base: Model, _ rows: Dataset, _ data: DataConfig, _ steps: [StepConfig], _ labelled: LabelledRows,
    seed: Int
  ) throws {
    guard !steps.isEmpty else {
      (self.rows, self.data, report, preparation) = (rows, data, [], nil)
      return
    }
    guard labelled.unit == .rows else {
      throw Failure.unsupported("steps change rows with one label each", at: "/prepare")
    }
    let fixed = try data.fixingQuantiles(in: rows)
    let labels = try Labels(
      rows, fixed, choice: .auto, known: labelled.labels.task, classes: labelled.labels.classes)
    let weight = data.learntWeightColumn(in: rows)
    var changed = try TransformRows(rows, fixed, labels: labels, weight: weight)
    let (pipeline, report) = try Pipeline.fit(steps, &changed, seed: seed, at: "/prepare", reporting: true)
    self.rows = try changed.finished()
    self.report = report
    var learnt = data
    if changed.hasNewWeights { learnt.weight = weight }
    guard let step = pipeline.firstThatChangesInputs else {
      self.data = learnt
      preparation = nil
      return
    }
    let isPrepared = base.reader is PreparedReader
    guard base.reader.medium == .numbers, !isPrepared else {
      throw Failure.unsupported(
        isPrepared
          ? "the step \"\(step.name)\" changes columns, and the model's columns are already prepared by its own steps"
          : "the step \"\(step.name)\" changes columns, and the model reads texts; eqp_transform_fit changes them "
            + "before the tuning", at: "/prepare/\(step.index)")
    }
    let inputs = try fixed.inputColumns(of: rows, mayBeNone: true).filter { $0 != weight }
    preparation = Preparation(pipeline, inputs: inputs, fixed)
    // The network reads the columns that the steps left.
    if !data.include.isEmpty { learnt.include = changed.inputs }
    self.data = learnt
  }
}
