import Platform
import Reporting

/// Renders any JSON that is a report, in every format.
func renderReport(_ bytes: UnsafeRawBufferPointer) throws {
  let json = try JSONValue.parse(String(decoding: bytes, as: UTF8.self))
  for format in ReportFormat.allCases { _ = try renderedReport(json, as: format) }
}
