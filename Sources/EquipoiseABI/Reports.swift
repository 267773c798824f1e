import CEquipoise
import Equipoise
import Platform
import Reporting

/// See the header.
@_cdecl("eqp_report_render") @implementation
public func eqp_report_render(
  _ reportJSON: UnsafePointer<CChar>?, _ format: UnsafePointer<CChar>?, _ path: UnsafePointer<CChar>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let report = try text(reportJSON, named: "report_json")
    let name = try text(format, named: "format")
    let path = try text(path, named: "path")
    let formats = ReportFormat.allCases.map(\.rawValue)
    guard let format = ReportFormat(rawValue: name) else {
      throw Failure.invalidArgument(
        "\"\(name)\" is not a format\(Suggestion.phrase(for: name, among: formats))", at: "format")
    }
    let json: JSONValue
    do {
      json = try JSONValue.parse(report, failing: .invalidArgument)
    } catch let failure as Failure {
      throw Failure.invalidArgument("report_json is not JSON: \(failure.message)", at: "report_json")
    }
    try AtomicFile.write(renderedReport(json, as: format), to: path)
  }
}

/// See the header.
@_cdecl("eqp_config_schema") @implementation
public func eqp_config_schema(_ name: UnsafePointer<CChar>?) -> UnsafeMutablePointer<CChar>? {
  guard let name = try? text(name, named: "name"), let schema = ConfigurationIndex.schema(of: name) else {
    return nil
  }
  return copied(schema.text(indented: true))
}
