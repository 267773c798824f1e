import CEquipoise
import Datasets
import Equipoise
import Platform

/// See the header.
@_cdecl("eqp_audit") @implementation
public func eqp_audit(
  _ model: OpaquePointer?, _ dataset: OpaquePointer?, _ configJSON: UnsafePointer<CChar>?,
  _ reportJSON: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try TextOutput(reportJSON, named: "report_json")
    let model = try borrowIfPresent(Model.self, model, named: "model")
    let rows = try borrow(Dataset.self, dataset, named: "dataset")
    let config = try configuration(AuditConfig.self, configJSON)
    let report = try audit(model, on: rows, config)
    try result.set(report.text(indented: true))
  }
}

/// See the header.
@_cdecl("eqp_explain") @implementation
public func eqp_explain(
  _ model: OpaquePointer?, _ dataset: OpaquePointer?, _ configJSON: UnsafePointer<CChar>?,
  _ reportJSON: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    _ = try TextOutput(reportJSON, named: "report_json")
    _ = try borrow(Model.self, model, named: "model")
    _ = try borrow(Dataset.self, dataset, named: "dataset")
    throw Failure.unsupported("explanations are not available in this version; eqp_audit measures groups")
  }
}
