import Auditing
import Configurations
import Datasets
import Fairness
import Models
import Platform

/// The effects of adjustments, for reports.
struct AdjustmentAccount {
  let members: [JSONValue.Member]
  /// Also in the report's notes.
  let notes: [String]

  var json: JSONValue { .object(members) }
}

/// Audits a model before and after its adjustment, on the rows from which the adjustments were learnt.
struct AdjustmentJudge {
  private let evaluation: Evaluation
  private let rows: AdjustingRows
  private let before: DecidedRows?
  private let after: DecidedRows
  /// The audit after the adjustment.
  private let audit: AuditResult
  /// The verdict on the model's policy; nil: it has none.
  let verdict: JSONValue?

  /// - Throws: `invalidConfig` below "/audit" for invalid audit settings.
  init(
    _ model: Model, _ rows: AdjustingRows, _ subject: AdjustedModel, _ selection: AuditSelection,
    _ policy: PolicyConfig?
  ) throws {
    self.rows = rows
    before = subject.before
    let after = try model.decided(subject.scores, of: rows.dataset, task: rows.task)
    self.after = after
    var selection = selection
    selection.policy = policy
    if selection.by.isEmpty {
      selection.by = rows.data.sensitive.map { AttributeReference([$0.name]) }
      for attribute in model.adjustments.attributes where !selection.by.contains(attribute.reference) {
        selection.by.append(attribute.reference)
      }
    }
    let audited: AuditResult
    do {
      if let labels = subject.labels {
        evaluation = try Evaluation(rows.dataset, rows.data, selection, labels: labels)
      } else {
        evaluation = try Evaluation(
          rows.dataset, rows.data, selection, task: rows.task == .regression ? .regression : .binary,
          model: model)
      }
      audited = try evaluation.audit(after)
    } catch let failure as Failure {
      throw failure.below("/audit")
    }
    audit = audited
    verdict = try policy.map { try Verdict($0.rules, on: audited, at: "/policy/require").json }
  }

  /// The effects of the methods on the rows.
  func account(_ fitting: DecisionFitting) throws -> AdjustmentAccount {
    try account(fitting, since: before.map { try evaluation.audit($0) })
  }

  private func account(_ fitting: DecisionFitting, since earlier: AuditResult?) throws -> AdjustmentAccount {
    let levelled = levellingDown(since: earlier)
    return AdjustmentAccount(
      members: [
        .init("rows", .integer(rows.count)), .init("methods", .array(fitting.entries)),
        .init("decisions_changed", try decisionsChanged()),
        .init("levelling_down", .array(levelled.map(\.json))),
      ], notes: fitting.notes + levelled.map(\.sentence))
  }

  func report(_ fitting: DecisionFitting, provenance: JSONValue) throws -> JSONValue {
    let earlier = try before.map { try evaluation.audit($0) }
    let account = try account(fitting, since: earlier)
    for note in account.notes { Log.write(.warning, note) }
    var members: [JSONValue.Member] = [
      .init("kind", "adjust"), .init("version", 1), .init("task", .string(rows.task.name)),
      .init("audited_rows", "adjusting"), .init("before", earlier?.json ?? .null), .init("after", audit.json),
      .init("changes", try before.flatMap { try evaluation.changes(from: $0, to: after) } ?? .null),
    ]
    members += account.members
    members.append(.init("notes", .strings(account.notes)))
    if let verdict { members.append(.init("verdict", verdict)) }
    members.append(.init("provenance", provenance))
    return .object(members)
  }

  // MARK: Decisions

  /// The number of changed decisions, overall and by group; with two classes, for each direction, and if decisions
  /// are withheld, the number of these. Null if there were no decisions before.
  private func decisionsChanged() throws -> JSONValue {
    guard let old = before?.decisions, let new = after.decisions else { return .null }
    func counts(_ members: [Int]) -> JSONValue {
      var (gained, lost, changed, withheld) = (0, 0, 0, 0)
      for row in members where old.pointer[row] != new.pointer[row] {
        changed += 1
        if new.pointer[row] < 0 || old.pointer[row] < 0 {
          if new.pointer[row] < 0 { withheld += 1 }
          continue
        }
        if new.pointer[row] > old.pointer[row] { gained += 1 } else { lost += 1 }
      }
      var counted: [JSONValue.Member] = [
        .init("rows", .integer(members.count)), .init("changed", .integer(changed)),
      ]
      if rows.task == .binary {
        counted += [.init("gained", .integer(gained)), .init("lost", .integer(lost))]
      }
      if after.answered != nil { counted.append(.init("withheld", .integer(withheld))) }
      return .object(counted)
    }
    let attributes = try evaluation.references.map { reference -> JSONValue.Member in
      let grouping = try AnalysisRows.grouping(
        reference, evaluation.attributes, rows: rows.count, at: "/audit/by")
      var members = [[Int]](repeating: [], count: grouping.names.count)
      for (row, code) in grouping.codes.enumerated() { members[Int(code)].append(row) }
      return .init(reference.label, .object(zip(grouping.names, members).map { .init($0, counts($1)) }))
    }
    return ["overall": counts(Array(0..<rows.count)), "groups": .object(attributes)]
  }

  // MARK: Levelling down

  /// A gap that shrank although no group is better off.
  private struct Levelling {
    let attribute: String
    let metric: String
    let gap: (before: Double, after: Double)
    /// The groups that are worse off.
    let losers: [(name: String, before: Double, after: Double)]

    var sentence: String {
      let shown = losers.prefix(3).map {
        "\($0.name.excerpt) from \(rounded($0.before)) to \(rounded($0.after))"
      }
      return
        "levelling down: the gap of \(metric) between the groups of \(attribute) shrank from \(rounded(gap.before)) to "
        + "\(rounded(gap.after)), and no group is better off (\(shown.joined(separator: ", ")))"
    }

    var json: JSONValue {
      [
        "attribute": .string(attribute), "metric": .string(metric), "gap_before": .finite(gap.before),
        "gap_after": .finite(gap.after),
        "groups": .array(
          losers.map {
            ["group": .string($0.name), "before": .finite($0.before), "after": .finite($0.after)]
          }),
      ]
    }

    private func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
  }

  /// Metrics for which a higher value is better for a group; without labels, only the selection rate has a
  /// value.
  private static let metrics = ["selection_rate", "tpr", "tnr", "accuracy"]

  private func levellingDown(since old: AuditResult?) -> [Levelling] {
    guard let old, rows.task == .binary else { return [] }
    var found: [Levelling] = []
    for attribute in audit.attributes {
      let name = attribute.frame.attribute
      for metric in Self.metrics {
        let values = attribute.frame.names.compactMap {
          group -> (name: String, before: Double, after: Double)? in
          guard let was = old.value(metric: metric, attribute: name, group: group),
            let becomes = audit.value(metric: metric, attribute: name, group: group)
          else { return nil }
          return (group, was, becomes)
        }
        let gap = (Self.gap(values.map(\.before)), Self.gap(values.map(\.after)))
        let losers = values.filter { $0.after < $0.before - 1e-9 }
        guard values.count > 1, gap.1 < gap.0 - 1e-9, !losers.isEmpty,
          !values.contains(where: { $0.after > $0.before + 1e-9 })
        else { continue }
        found.append(Levelling(attribute: name, metric: metric, gap: gap, losers: losers))
      }
    }
    return found
  }

  private static func gap(_ values: [Double]) -> Double { (values.max() ?? 0) - (values.min() ?? 0) }
}
