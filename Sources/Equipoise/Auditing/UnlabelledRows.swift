import Datasets
import Platform

extension Dataset {
  /// The rows that have a label, where the configuration leaves out those without, and how many were left out.
  ///
  /// - Throws: `outOfMemory`.
  func leavingOutUnlabelled(_ data: DataConfig) throws -> (rows: Dataset, count: Int) {
    guard data.missingLabels == .drop else { return (self, 0) }
    let columns = try ([data.label].compactMap { $0 } + data.labels).filter(contains).map(column)
    guard columns.contains(where: { $0.missingCount > 0 }) else { return (self, 0) }
    let kept = (0..<rows).filter { row in !columns.contains { $0.isMissing(row) } }
    return (try selecting(rows: kept), rows - kept.count)
  }
}

extension JSONValue {
  /// A report that says how many rows without a label were left out.
  func countingUnlabelled(_ count: Int) -> JSONValue {
    guard count > 0 else { return self }
    let note =
      count == 1 ? "1 row has no label and was left out" : "\(count) rows have no label and were left out"
    return adding("rows_without_label", .integer(count))
      .adding("notes", .array((self["notes"]?.array ?? []) + [.string(note)]))
  }
}
