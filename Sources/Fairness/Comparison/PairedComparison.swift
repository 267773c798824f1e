import Platform

/// Compares the decisions of two models for the same rows, with tests for paired data.
public enum PairedComparison {
  private struct Change {
    var attribute: String?
    var group: String?
    var metric: String
    var counts: PairedCounts
  }

  /// The array "changes" of a fine-tuning report: selection rate, TPR, FPR (two classes) and accuracy before
  /// and after, of all rows and by group, with McNemar's test; p values corrected by Holm's method.
  ///
  /// - Parameters:
  ///   - task: a classification; with two classes, selection rates are reported too.
  ///   - labels: (count) true classes, none missing.
  ///   - before, after: (count) decisions of the two models.
  ///   - groupings: the groups to report; rows with a missing value form a group.
  ///   - dropped: the attributes whose missing values form no group.
  /// - Throws: `outOfMemory`; the errors of `AuditSums.init`.
  public static func changes(
    count: Int, task: AuditTask, labels: CodeColumn, before: CodeColumn, after: CodeColumn,
    groupings: [Grouping], dropping dropped: Set<String> = []
  ) throws -> JSONValue {
    // Each row counts in one cell of a table: (label, decision before) × (label, decision after). With more
    // than two classes: (correct before) × (correct after).
    let (first, second) = (
      try Buffer<UInt8>(count: count, for: "decisions"), try Buffer<UInt8>(count: count, for: "decisions")
    )
    for row in 0..<count {
      let label = labels.code(at: row)
      let (old, new) = (before.code(at: row), after.code(at: row))
      if task == .binary {
        let base: UInt8 = label == 1 ? 2 : 0
        first.pointer[row] = base + (old == 1 ? 1 : 0)
        second.pointer[row] = base + (new == 1 ? 1 : 0)
      } else {
        first.pointer[row] = old == label ? 1 : 0
        second.pointer[row] = new == label ? 1 : 0
      }
    }
    let names = task == .binary ? ["0 no", "0 yes", "1 no", "1 yes"] : ["wrong", "right"]
    let rows = AuditRows(
      count: count, task: .multiclass(classes: names), labels: CodeColumn(first),
      decisions: CodeColumn(second), groupings: groupings)
    let sums = try AuditSums(rows, ranked: false)
    let (overall, frames) = sums.frames(dropping: dropped)
    var found = changes(overall, nil, nil)
    for (attributes, frame) in zip(sums.groupings, frames) {
      for (name, group) in zip(frame.names, frame.sums) {
        found += changes(group, NameList.joined(attributes), name)
      }
    }
    let values = found.map(\.counts.pValue)
    return .array(zip(found, zip(values, MultipleTesting.adjusted(values, .holm))).map { json($0, $1) })
  }

  private static func changes(_ group: GroupSums, _ attribute: String?, _ name: String?) -> [Change] {
    guard let table = group.confusion else { return [] }
    // The paired counts of one 2 × 2 block of the table; `no` is the index of the block's cell (no, no).
    func pairs(_ no: Int) -> PairedCounts {
      PairedCounts(
        both: table.weight(label: no + 1, decision: no + 1), lost: table.weight(label: no + 1, decision: no),
        gained: table.weight(label: no, decision: no + 1), neither: table.weight(label: no, decision: no))
    }
    var named: [(String, PairedCounts)]
    if table.classes == 2 {
      named = [("accuracy", pairs(0))]
    } else {
      let (negatives, positives) = (pairs(0), pairs(2))
      // For rows with label 0, "no" is the correct decision.
      let turned = PairedCounts(
        both: negatives.neither, lost: negatives.gained, gained: negatives.lost, neither: negatives.both)
      named = [
        ("selection_rate", negatives + positives), ("accuracy", turned + positives), ("tpr", positives),
        ("fpr", negatives),
      ]
    }
    named.removeAll { $0.1.total <= 0 }
    return named.map { Change(attribute: attribute, group: name, metric: $0.0, counts: $0.1) }
  }

  private static func json(_ change: Change, _ p: (value: Double, adjusted: Double)) -> JSONValue {
    let counts = change.counts
    return [
      "attribute": change.attribute.map(JSONValue.string) ?? .null,
      "group": change.group.map(JSONValue.string) ?? .null, "metric": .string(change.metric),
      "before": .finite(counts.before), "after": .finite(counts.after),
      "change": .finite(counts.after - counts.before), "interval": counts.interval(confidence: 0.95).json,
      "rows_gained": .integer(Int(exactly: counts.gained) ?? 0),
      "rows_lost": .integer(Int(exactly: counts.lost) ?? 0),
      "test": .string("mcnemar_mid_p"), "p_value": .finite(p.value), "adjusted_p_value": .finite(p.adjusted),
    ]
  }
}
