import CEquipoise
import Datasets
import Equipoise
import Platform

/// See the header.
@_cdecl("eqp_model_adjust") @implementation
public func eqp_model_adjust(
  _ model: OpaquePointer?, _ rows: OpaquePointer?, _ configJSON: UnsafePointer<CChar>?,
  _ hooks: UnsafePointer<eqp_hooks>?, _ adjusted: UnsafeMutablePointer<OpaquePointer?>?,
  _ reportJSON: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let reportOutput = TextOutput(optional: reportJSON)
    let output = try HandleOutput(adjusted, named: "adjusted")
    let model = try borrowIfPresent(Model.self, model, named: "model")
    let rows = try borrow(Dataset.self, rows, named: "rows")
    let config = try configuration(AdjustConfig.self, configJSON)
    let found = try Hooks(hooks).running {
      try adjust(model, on: rows, config, reporting: reportJSON != nil)
    }
    try reportOutput.set(found.report.text(indented: true))
    try output.set(found.model)
  }
}
