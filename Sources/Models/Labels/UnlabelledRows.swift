import Configurations
import Datasets
import Platform

extension Dataset {
  /// The rows that have a label, if the configuration drops the others, and the number of dropped rows.
  ///
  /// - Throws: `outOfMemory`.
  package func leavingOutUnlabelled(_ data: DataConfig) throws -> (rows: Dataset, count: Int) {
    guard data.missingLabels == .drop else { return (self, 0) }
    let columns = try ([data.label].compactMap { $0 } + data.labels).filter(contains).map(column)
    guard columns.contains(where: { $0.missingCount > 0 }) else { return (self, 0) }
    let kept = (0..<rows).filter { row in !columns.contains { $0.isMissing(row) } }
    return (try selecting(rows: kept), rows - kept.count)
  }
}
