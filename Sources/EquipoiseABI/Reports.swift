import CEquipoise
import Equipoise
import Platform

/// See the header.
@_cdecl("eqp_report_render") @implementation
public func eqp_report_render(
  _ reportJSON: UnsafePointer<CChar>?, _ format: UnsafePointer<CChar>?, _ path: UnsafePointer<CChar>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    _ = try text(reportJSON, named: "report_json")
    _ = try text(format, named: "format")
    _ = try text(path, named: "path")
    throw Failure.unsupported("reports are not rendered in this version; they are JSON, which any tool reads")
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
