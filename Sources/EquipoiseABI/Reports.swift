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
    let json = try report(reportJSON)
    let format = try reportFormat(format)
    let path = try text(path, named: "path")
    try AtomicFile.write(renderedReport(json, as: format), to: path)
  }
}

/// See the header.
@_cdecl("eqp_report_text") @implementation
public func eqp_report_text(
  _ reportJSON: UnsafePointer<CChar>?, _ format: UnsafePointer<CChar>?,
  _ text: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try TextOutput(text, named: "text")
    let json = try report(reportJSON)
    let rendered = try renderedReport(json, as: reportFormat(format))
    try result.set(rendered)
  }
}

/// See the header.
@_cdecl("eqp_report_number") @implementation
public func eqp_report_number(
  _ reportJSON: UnsafePointer<CChar>?, _ pointer: UnsafePointer<CChar>?,
  _ number: UnsafeMutablePointer<Double>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let place = try require(number, named: "number")
    place.pointee = .nan
    let pointer = try jsonPointer(pointer)
    let value = try report(reportJSON).value(at: pointer)
    guard let found = value == .null ? .nan : value.double else {
      throw Failure.invalidArgument("\"\(pointer)\" is \(value.kindName), not a number", at: "pointer")
    }
    place.pointee = found
  }
}

/// See the header.
@_cdecl("eqp_report_value") @implementation
public func eqp_report_value(
  _ reportJSON: UnsafePointer<CChar>?, _ pointer: UnsafePointer<CChar>?,
  _ text: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try TextOutput(text, named: "text")
    let pointer = try jsonPointer(pointer)
    let value = try report(reportJSON).value(at: pointer)
    try result.set(value.string ?? value.text(indented: true))
  }
}

/// See the header.
@_cdecl("eqp_policy_check") @implementation
public func eqp_policy_check(
  _ reportJSON: UnsafePointer<CChar>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) { try PolicyGate.check(report(reportJSON)) }
}

/// A report that must not be NULL.
private func report(_ json: UnsafePointer<CChar>?) throws -> JSONValue {
  let report = try text(json, named: "report_json")
  do {
    return try JSONValue.parse(report, failing: .invalidArgument)
  } catch let failure as Failure {
    throw Failure.invalidArgument("report_json is not JSON: \(failure.message)", at: "report_json")
  }
}

private func reportFormat(_ format: UnsafePointer<CChar>?) throws -> ReportFormat {
  let name = try text(format, named: "format")
  guard let format = ReportFormat(rawValue: name) else {
    let known = ReportFormat.allCases.map(\.rawValue)
    throw Failure.invalidArgument(
      "\"\(name)\" is not a format\(Suggestion.phrase(for: name, among: known))", at: "format")
  }
  return format
}

/// A JSON pointer into a report; "" is the whole report.
private func jsonPointer(_ pointer: UnsafePointer<CChar>?) throws -> String {
  guard let pointer else { throw missing("pointer") }
  guard let text = String(validatingCString: pointer) else {
    throw Failure.invalidArgument("pointer is not UTF-8", at: "pointer")
  }
  return text
}

/// See the header.
@_cdecl("eqp_config_schema") @implementation
public func eqp_config_schema(_ name: UnsafePointer<CChar>?) -> UnsafeMutablePointer<CChar>? {
  describing {
    guard let name = try? text(name, named: "name") else { return nil }
    return ConfigurationIndex.schema(of: name)?.text(indented: true)
  }
}
