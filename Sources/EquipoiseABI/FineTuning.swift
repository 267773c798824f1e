import CEquipoise
import Datasets
import Equipoise
import Platform

/// See the header.
@_cdecl("eqp_finetune") @implementation
public func eqp_finetune(
  _ base: OpaquePointer?, _ train: OpaquePointer?, _ validation: OpaquePointer?,
  _ configJSON: UnsafePointer<CChar>?, _ hooks: UnsafePointer<eqp_hooks>?,
  _ tuned: UnsafeMutablePointer<OpaquePointer?>?,
  _ reportJSON: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let reportOutput = TextOutput(optional: reportJSON)
    let tunedOutput = try HandleOutput(tuned, named: "tuned")
    let base = try borrow(Model.self, base, named: "base")
    let train = try borrow(Dataset.self, train, named: "train")
    let validation = try borrowIfPresent(Dataset.self, validation, named: "validation")
    let hooks = try Hooks(hooks)
    let config = try configuration(FineTuneConfig.self, configJSON)
    // Training sends its own events.
    let (model, report) = try hooks.running(telling: false) {
      try fineTuneUnderPolicy(base, train: train, validation: validation, config, progress: hooks.progress)
    }
    try reportOutput.set(report.text(indented: true))
    try tunedOutput.set(model)
  }
}
