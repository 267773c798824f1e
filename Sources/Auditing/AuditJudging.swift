import Configurations
import Fairness
import Platform

/// The parts of a report that judge the numbers: the verdict of a policy, and the changes since an earlier
/// report.
extension AuditConfig {
  /// The report of a result, with a verdict if there is a policy.
  ///
  /// - Throws: `invalidConfig` for a rule about a metric or attribute that the audit does not have.
  package func judged(_ result: AuditResult) throws -> JSONValue {
    guard let policy = selection.policy else { return result.json }
    return result.json.adding(
      "verdict", try Verdict(policy.rules, on: result, at: "/policy/require").json)
  }

  /// The earlier report of the configuration; nil if there is none.
  ///
  /// - Throws: `io` or `invalidConfig` if it cannot be read or is not a report.
  func earlierReport() throws -> JSONValue? {
    guard baseline != .null else { return nil }
    guard baseline["kind"] == nil, let path = baseline["path"]?.string else { return baseline }
    try FileBounds.require(path, at: "/baseline/path")
    let file = try MappedFile(path: path)
    do {
      return try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))
    } catch let failure as Failure {
      throw Failure.invalidConfig("\"\(path)\" is not JSON: \(failure.message)", at: "/baseline/path")
    }
  }

  /// A report with the changes since an earlier one added.
  ///
  /// - Throws: `invalidConfig` if the earlier one is not an audit report.
  static func compared(_ report: JSONValue, with earlier: JSONValue) throws -> JSONValue {
    let compared = report.adding(
      "changes", try AuditComparison.changes(from: earlier, to: report, at: "/baseline"))
    guard let digest = report["provenance"]?["data_digest"],
      earlier["provenance"]?["data_digest"] == digest
    else { return compared }
    return compared.adding(
      "notes",
      .array(
        (report["notes"]?.array ?? []) + [
          .string(
            "The baseline has the same rows, but the tests of changes treat them as independent and are"
              + " therefore conservative.")
        ]))
  }
}
