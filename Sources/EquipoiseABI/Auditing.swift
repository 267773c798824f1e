import CEquipoise
import Datasets
import Equipoise
import Platform

/// See the header.
@_cdecl("eqp_audit") @implementation
public func eqp_audit(
  _ model: OpaquePointer?, _ dataset: OpaquePointer?, _ reference: OpaquePointer?,
  _ configJSON: UnsafePointer<CChar>?, _ hooks: UnsafePointer<eqp_hooks>?,
  _ reportJSON: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try TextOutput(reportJSON, named: "report_json")
    let model = try borrowIfPresent(Model.self, model, named: "model")
    let rows = try borrow(Dataset.self, dataset, named: "dataset")
    let reference = try borrowIfPresent(Dataset.self, reference, named: "reference")
    let hooks = try Hooks(hooks)
    let config = try configuration(AuditConfig.self, configJSON)
    let report = try hooks.running { try audit(model, on: rows, comparedWith: reference, config) }
    try result.set(report.text(indented: true))
  }
}
