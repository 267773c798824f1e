import CEquipoise
import Equipoise
import Platform

/// See the header.
@_cdecl("eqp_model_load") @implementation
public func eqp_model_load(
  _ path: UnsafePointer<CChar>?, _ optionsJSON: UnsafePointer<CChar>?, _ hooks: UnsafePointer<eqp_hooks>?,
  _ model: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(model, named: "model")
    let path = try text(path, named: "path")
    let options = try configuration(LoadOptions.self, optionsJSON)
    try result.set(try Hooks(hooks).running { try Model.load(path: path, options: options) })
  }
}

/// See the header.
@_cdecl("eqp_model_new") @implementation
public func eqp_model_new(
  _ architectureJSON: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(model, named: "model")
    let architecture = try configuration(ArchitectureConfig.self, architectureJSON)
    try result.set(try Model.make(architecture))
  }
}

/// See the header.
@_cdecl("eqp_model_save") @implementation
public func eqp_model_save(
  _ model: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ optionsJSON: UnsafePointer<CChar>?,
  _ hooks: UnsafePointer<eqp_hooks>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let model = try borrow(Model.self, model, named: "model")
    let path = try text(path, named: "path")
    let options = try configuration(SaveOptions.self, optionsJSON)
    try Hooks(hooks).running { try model.save(path: path, options: options) }
  }
}

/// See the header.
@_cdecl("eqp_model_describe") @implementation
public func eqp_model_describe(_ model: OpaquePointer?) -> UnsafeMutablePointer<CChar>? {
  guard let model = Handle.read(Model.self, model) else { return nil }
  return copied(model.describe().text())
}

/// See the header.
@_cdecl("eqp_model_free") @implementation
public func eqp_model_free(_ model: OpaquePointer?) {
  Handle.release(Model.self, model)
}
