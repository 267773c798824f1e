import CEquipoise
import Datasets
import Equipoise
import Platform

/// See the header.
@_cdecl("eqp_search") @implementation
public func eqp_search(
  _ base: OpaquePointer?, _ train: OpaquePointer?, _ validation: OpaquePointer?,
  _ configJSON: UnsafePointer<CChar>?, _ hooks: UnsafePointer<eqp_hooks>?,
  _ front: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let output = try HandleOutput(front, named: "front")
    let base = try borrow(Model.self, base, named: "base")
    let train = try borrow(Dataset.self, train, named: "train")
    let validation = try borrowIfPresent(Dataset.self, validation, named: "validation")
    let hooks = try Hooks(hooks)
    let config = try configuration(FineTuneConfig.self, configJSON)
    // Training sends its own events.
    try output.set(
      try hooks.running(telling: false) {
        try search(base, train: train, validation: validation, config, progress: hooks.progress)
      })
  }
}

/// See the header.
@_cdecl("eqp_front_count") @implementation
public func eqp_front_count(_ front: OpaquePointer?) -> Int64 {
  guard let count = Handle.read(Front.self, front)?.count else { return -1 }
  return Int64(count)
}

/// See the header.
@_cdecl("eqp_front_model") @implementation
public func eqp_front_model(
  _ front: OpaquePointer?, _ index: Int64, _ model: UnsafeMutablePointer<OpaquePointer?>?,
  _ reportJSON: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let reportOutput = TextOutput(optional: reportJSON)
    let output = try HandleOutput(model, named: "model")
    let front = try borrow(Front.self, front, named: "front")
    let index = Int(clamping: index)
    let (model, report) = (try front.model(at: index), try front.report(at: index))
    try reportOutput.set(report.text(indented: true))
    try output.set(model)
  }
}

/// See the header.
@_cdecl("eqp_front_choose") @implementation
public func eqp_front_choose(
  _ front: OpaquePointer?, _ ruleJSON: UnsafePointer<CChar>?, _ index: UnsafeMutablePointer<Int64>?,
  _ reportJSON: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    index?.pointee = 0
    let reportOutput = TextOutput(optional: reportJSON)
    let place = try require(index, named: "index")
    let front = try borrow(Front.self, front, named: "front")
    let choice = try front.choose(configuration(ChoiceConfig.self, ruleJSON))
    try reportOutput.set(choice.report.text(indented: true))
    place.pointee = Int64(choice.index)
  }
}

/// See the header.
@_cdecl("eqp_front_describe") @implementation
public func eqp_front_describe(_ front: OpaquePointer?) -> UnsafeMutablePointer<CChar>? {
  guard let front = Handle.read(Front.self, front) else { return nil }
  return describing { front.describe().text() }
}

/// See the header.
@_cdecl("eqp_front_save") @implementation
public func eqp_front_save(
  _ front: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ hooks: UnsafePointer<eqp_hooks>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let front = try borrow(Front.self, front, named: "front")
    let path = try text(path, named: "path")
    try Hooks(hooks).running { try front.save(path: path) }
  }
}

/// See the header.
@_cdecl("eqp_front_load") @implementation
public func eqp_front_load(
  _ path: UnsafePointer<CChar>?, _ hooks: UnsafePointer<eqp_hooks>?,
  _ front: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let output = try HandleOutput(front, named: "front")
    let path = try text(path, named: "path")
    try output.set(try Hooks(hooks).running { try Front.load(path: path) })
  }
}

/// See the header.
@_cdecl("eqp_front_free") @implementation
public func eqp_front_free(_ front: OpaquePointer?) { Handle.release(Front.self, front) }
