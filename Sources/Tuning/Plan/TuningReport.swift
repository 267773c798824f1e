import Auditing
import Configurations
import Engine
import Fairness
import Platform

/// The report of a tuning (docs/reports.md).
struct TuningReport {
  let prepared: PreparedRows
  let course: TrainingCourse
  var after: Validation.Result
  let policy: PolicyConfig?
  let provenance: JSONValue
  /// The effects of "after"; nil: there were no methods.
  var adjustment: AdjustmentAccount?

  /// - Throws: `invalidConfig` for a policy's rule about a metric or attribute that the audit does not have.
  func json() throws -> JSONValue {
    let account = course.account
    let before = course.before ?? course.unconstrained ?? after
    let heldOut = prepared.isHeldOut ? prepared.judged.rows : 0
    var members: [JSONValue.Member] = [
      .init("kind", "finetune"), .init("version", 1), .init("task", .string(prepared.taskName)),
      .init(
        "rows", ["train": .integer(course.problem.rows.rows), "validation": .integer(heldOut)]),
      .init("audited_rows", .string(prepared.isHeldOut ? "validation" : "train")),
      .init("before", before.json), .init("after", after.json),
      .init("changes", try course.problem.validation.changes(from: before, to: after)),
      .init("epochs", .integer(account.epochs)), .init("stopped_early", .bool(account.stoppedEarly)),
      .init("history", .array(account.history)),
    ]
    if !prepared.steps.isEmpty { members.append(.init("prepare", .array(prepared.steps))) }
    if let kept = account.keptEpoch { members.append(.init("kept_epoch", .integer(kept))) }
    if let unconstrained = course.unconstrained { members.append(.init("unconstrained", unconstrained.json)) }
    if let ending = account.ending {
      members.append(
        .init(
          "training",
          [
            "ending": .string(ending.reason.rawValue), "outputs_shifted": .bool(ending.outputsWereShifted),
            "found_by": ending.isOfReduction ? "reduction" : "training",
          ]))
    }
    if let reduction = account.reduction { members.append(.init("reduction", reduction)) }
    if let adjustment { members.append(.init("adjusted", adjustment.json)) }
    if let constraints = account.constraints { members.append(.init("constraints", constraints.json)) }
    if account.constraints != nil || adjustment != nil {
      let notes = (account.constraints?.notes ?? []) + (adjustment?.notes ?? [])
      members.append(.init("notes", .strings(notes)))
    }
    if let policy {
      members.append(
        .init("verdict", try Verdict(policy.rules, on: after.audit, at: "/policy/require").json))
    }
    if let trees = account.trees { members.append(.init("trees", trees.json)) }
    if let steps = account.steps { members.append(.init("steps", .array(steps))) }
    members.append(.init("provenance", provenance))
    return .object(members)
  }
}

extension TreeAccount {
  fileprivate var json: JSONValue {
    [
      "before": .integer(before), "grown": .integer(grown), "pruned": .integer(pruned),
      "rounds": .array(rounds),
    ]
  }
}
