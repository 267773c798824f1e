import CEquipoise
import Datasets
import Equipoise
import Platform

/// See the header.
@_cdecl("eqp_transform_fit") @implementation
public func eqp_transform_fit(
  _ rows: OpaquePointer?, _ configJSON: UnsafePointer<CChar>?, _ hooks: UnsafePointer<eqp_hooks>?,
  _ transform: UnsafeMutablePointer<OpaquePointer?>?, _ prepared: UnsafeMutablePointer<OpaquePointer?>?,
  _ reportJSON: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let reportOutput = TextOutput(optional: reportJSON)
    let preparedOutput = try prepared.map { try HandleOutput($0, named: "prepared") }
    let transformOutput = try HandleOutput(transform, named: "transform")
    let rows = try borrow(Dataset.self, rows, named: "rows")
    let config = try configuration(TransformConfig.self, configJSON)
    let fitted = try Hooks(hooks).running {
      try Transform.fit(rows, config, reporting: reportJSON != nil)
    }
    try reportOutput.set(fitted.report.text(indented: true))
    try preparedOutput?.set(fitted.rows)
    try transformOutput.set(fitted.transform)
  }
}

/// See the header.
@_cdecl("eqp_transform_apply") @implementation
public func eqp_transform_apply(
  _ transform: OpaquePointer?, _ rows: OpaquePointer?, _ hooks: UnsafePointer<eqp_hooks>?,
  _ applied: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let output = try HandleOutput(applied, named: "applied")
    let transform = try borrow(Transform.self, transform, named: "transform")
    let rows = try borrow(Dataset.self, rows, named: "rows")
    try output.set(try Hooks(hooks).running { try transform.apply(rows) })
  }
}

/// See the header.
@_cdecl("eqp_transform_save") @implementation
public func eqp_transform_save(
  _ transform: OpaquePointer?, _ bytes: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ count: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let output = try BytesOutput(bytes, count)
    try output.set(borrow(Transform.self, transform, named: "transform").save(), what: "a saved transform")
  }
}

/// See the header.
@_cdecl("eqp_transform_load") @implementation
public func eqp_transform_load(
  _ bytes: UnsafeRawPointer?, _ count: Int, _ transform: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(transform, named: "transform")
    guard let bytes else { throw missing("bytes") }
    let count = try requireCount(count, named: "count")
    try result.set(Transform(restoring: UnsafeRawBufferPointer(start: bytes, count: count)))
  }
}

/// See the header.
@_cdecl("eqp_transform_describe") @implementation
public func eqp_transform_describe(_ transform: OpaquePointer?) -> UnsafeMutablePointer<CChar>? {
  guard let transform = Handle.read(Transform.self, transform) else { return nil }
  return describing { transform.describe().text() }
}

/// See the header.
@_cdecl("eqp_transform_free") @implementation
public func eqp_transform_free(_ transform: OpaquePointer?) { Handle.release(Transform.self, transform) }
