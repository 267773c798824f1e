import Engine
import Fairness
import Platform

extension Preparation {
  /// What fine-tuning did (docs/reports.md).
  ///
  /// - Parameter pruned: how many trees were left out.
  func report(
    before: Validation.Result, unconstrained: Validation.Result?, constraints: ConstraintReport?,
    phases: PhasedTraining?, after: Validation.Result, pruned: Int, provenance: JSONValue
  ) throws -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("kind", "finetune"), .init("version", 1), .init("task", .string(taskName)),
      .init(
        "rows",
        ["train": .integer(loop.rows.rows), "validation": .integer(validationIsHeldOut ? validationRows : 0)]),
      .init("audited_rows", .string(validationIsHeldOut ? "validation" : "train")),
      .init("before", before.json), .init("after", after.json),
      .init("changes", try validation.changes(from: before, to: after)),
      .init("epochs", .integer(loop.position.epoch)), .init("stopped_early", .bool(loop.position.stopped)),
      .init("history", .array(loop.position.history)),
    ]
    if let kept = loop.keptEpoch { members.append(.init("kept_epoch", .integer(kept))) }
    if let unconstrained { members.append(.init("unconstrained", unconstrained.json)) }
    if let phases {
      members.append(
        .init(
          "training",
          [
            "ending": .string(phases.ending.rawValue), "outputs_shifted": .bool(loop.outputsWereShifted),
          ]))
    }
    if let constraints {
      members.append(.init("constraints", constraints.json))
      let notes = constraints.notes
      for note in notes { Log.write(.warning, note) }
      members.append(.init("notes", .array(notes.map { .string($0) })))
    }
    if let policy = config.policy {
      members.append(
        .init("verdict", try Verdict(policy.rules, on: after.audit, at: "/policy/require").json))
    }
    if config.train.trees != nil, let trees = network.graph.soleEnsemble?.ensemble.trees.trees.count {
      let grown = (loop.network.graph.soleEnsemble?.ensemble.trees.trees.count ?? trees) - trees
      members.append(
        .init(
          "trees",
          [
            "before": .integer(trees), "grown": .integer(grown), "pruned": .integer(pruned),
            "rounds": .array(growth),
          ]))
    }
    if config.train.trace { members.append(.init("steps", .array(loop.position.steps))) }
    members.append(.init("provenance", provenance))
    return .object(members)
  }
}
