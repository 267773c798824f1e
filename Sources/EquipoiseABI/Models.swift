import CEquipoise
import Equipoise
import Platform
import PlatformKernels

#if canImport(Glibc)
  import Glibc
#endif

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
@_cdecl("eqp_model_load_memory") @implementation
public func eqp_model_load_memory(
  _ bytes: UnsafeRawPointer?, _ count: Int, _ optionsJSON: UnsafePointer<CChar>?,
  _ hooks: UnsafePointer<eqp_hooks>?, _ model: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(model, named: "model")
    guard let bytes else { throw missing("bytes") }
    let content = UnsafeRawBufferPointer(start: bytes, count: try requireCount(count, named: "count"))
    let options = try configuration(LoadOptions.self, optionsJSON)
    try result.set(try Hooks(hooks).running { try Model.load(bytes: content, options: options) })
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
@_cdecl("eqp_model_save_memory") @implementation
public func eqp_model_save_memory(
  _ model: OpaquePointer?, _ optionsJSON: UnsafePointer<CChar>?, _ hooks: UnsafePointer<eqp_hooks>?,
  _ bytes: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ count: UnsafeMutablePointer<Int>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    count?.pointee = 0
    bytes?.pointee = nil
    let (place, length) = (try require(bytes, named: "bytes"), try require(count, named: "count"))
    let model = try borrow(Model.self, model, named: "model")
    let options = try configuration(SaveOptions.self, optionsJSON)
    let saved = try Hooks(hooks).running { try model.saved(options: options) }
    guard memory_call_hand_out(place, saved.pointer, { free($0) }) else {
      free(saved.pointer)
      throw Memory.ended()
    }
    length.pointee = saved.count
  }
}

/// See the header.
@_cdecl("eqp_model_describe") @implementation
public func eqp_model_describe(_ model: OpaquePointer?) -> UnsafeMutablePointer<CChar>? {
  guard let model = Handle.read(Model.self, model) else { return nil }
  return describing { model.describe().text() }
}

/// See the header.
@_cdecl("eqp_model_parameter_f32") @implementation
public func eqp_model_parameter_f32(
  _ model: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ values: UnsafeMutablePointer<Float>?,
  _ count: Int,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let model = try borrow(Model.self, model, named: "model")
    let parameter = try model.parameter(text(name, named: "name"))
    try copy(try parameter.values, to: values, count: count, of: "the parameter")
  }
}

/// See the header.
@_cdecl("eqp_model_with_parameters") @implementation
public func eqp_model_with_parameters(
  _ model: OpaquePointer?, _ names: UnsafePointer<UnsafePointer<CChar>?>?,
  _ values: UnsafePointer<UnsafePointer<Float>?>?, _ lengths: UnsafePointer<Int>?, _ count: Int,
  _ changed: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(changed, named: "changed")
    let model = try borrow(Model.self, model, named: "model")
    let count = try requireCount(count, named: "count")
    let names = try texts(require(names, named: "names"), count: count, named: "names")
    let (arrays, lengths) = (try require(values, named: "values"), try require(lengths, named: "lengths"))
    let replacements = try names.enumerated().map { index, name in
      // The length is compared with the parameter's size before the host's memory is read.
      let length = try requireCount(lengths[index], named: "lengths")
      let own = try model.parameter(name, at: "names").count
      guard length == own else {
        throw Failure.invalidArgument("\"\(name)\" has \(own) values; \(length) are given", at: "lengths")
      }
      let array = UnsafeBufferPointer(start: try require(arrays[index], named: "values"), count: length)
      return (name: name, values: try Buffer(copying: array, for: "a parameter"))
    }
    try result.set(try model.replacing(parameters: replacements))
  }
}

/// See the header.
@_cdecl("eqp_model_free") @implementation
public func eqp_model_free(_ model: OpaquePointer?) {
  Handle.release(Model.self, model)
}
