import Auditing
import Configurations
import Datasets
import Models
import Platform

/// Fine-tunes a model under fairness objectives; the base is not changed and may continue to serve.
///
/// - Parameters:
///   - validation: rows for the report, early stopping and the choice of epoch; nil: a tenth of `train`,
///     stratified by label and group, is set aside. With a search: rows that certify the chosen model.
///   - progress: receives events during the work; if it returns false, the work stops with `cancelled`.
/// - Returns: the tuned model and the report (docs/reports.md).
/// - Throws: `invalidConfig`, `invalidData`, `unsupported`, `cancelled`, `outOfMemory`, `io`.
public func fineTune(
  _ base: Model, train: Dataset, validation: Dataset?, _ config: FineTuneConfig,
  progress: ((JSONValue) -> Bool)? = nil
) throws -> (model: Model, report: JSONValue) {
  try Memory.requireRoom(forRows: train.rows, for: "training rows")
  if config.search != nil {
    let front = try search(base, train: train, validation: validation, config, progress: progress)
    let report = try front.chosenReport()
    report.logNotes()
    return (try front.model(at: front.chosen), report)
  }
  let plan = try TuningPlan(base, config)
  let (rows, withoutLabel) = try train.leavingOutUnlabelled(plan.preparing.data)
  let (model, report) = try plan.run(
    rows, validation?.leavingOutUnlabelled(plan.preparing.data).rows, from: (train, validation), progress)
  report.logNotes()
  return (model, report.countingUnlabelled(withoutLabel))
}

extension JSONValue {
  /// Writes the warnings of a report to the log.
  fileprivate func logNotes() {
    for note in self["notes"]?.array ?? [] { Log.write(.warning, note.string ?? "") }
  }
}
