import CEquipoise
import Datasets
import Equipoise
import Platform

/// See the header.
@_cdecl("eqp_auditor_new") @implementation
public func eqp_auditor_new(
  _ configJSON: UnsafePointer<CChar>?, _ auditor: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(auditor, named: "auditor")
    try result.set(Auditor(configuration(AuditConfig.self, configJSON)))
  }
}

/// See the header.
@_cdecl("eqp_auditor_update") @implementation
public func eqp_auditor_update(
  _ auditor: OpaquePointer?, _ batch: OpaquePointer?, _ hooks: UnsafePointer<eqp_hooks>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let auditor = try borrow(Auditor.self, auditor, named: "auditor")
    let batch = try borrow(Dataset.self, batch, named: "batch")
    try Hooks(hooks).running { try auditor.update(batch) }
  }
}

/// See the header.
@_cdecl("eqp_auditor_update_model") @implementation
public func eqp_auditor_update_model(
  _ auditor: OpaquePointer?, _ model: OpaquePointer?, _ batch: OpaquePointer?,
  _ hooks: UnsafePointer<eqp_hooks>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let auditor = try borrow(Auditor.self, auditor, named: "auditor")
    let model = try borrow(Model.self, model, named: "model")
    let batch = try borrow(Dataset.self, batch, named: "batch")
    try Hooks(hooks).running { try auditor.update(batch, decidedBy: model) }
  }
}

/// See the header.
@_cdecl("eqp_auditor_update_arrow") @implementation
public func eqp_auditor_update_arrow(
  _ auditor: OpaquePointer?, _ stream: UnsafeMutablePointer<ArrowArrayStream>?,
  _ hooks: UnsafePointer<eqp_hooks>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    // This call takes ownership of the stream, even if it fails.
    defer { if let stream, let release = stream.pointee.release { release(stream) } }
    let auditor = try borrow(Auditor.self, auditor, named: "auditor")
    let stream = try require(stream, named: "stream")
    try Hooks(hooks).running { try auditor.update(ArrowStream(taking: stream)) }
  }
}

/// See the header.
@_cdecl("eqp_auditor_merge") @implementation
public func eqp_auditor_merge(
  _ auditor: OpaquePointer?, _ other: OpaquePointer?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    try borrow(Auditor.self, auditor, named: "auditor").merge(borrow(Auditor.self, other, named: "other"))
  }
}

/// See the header.
@_cdecl("eqp_auditor_subtract") @implementation
public func eqp_auditor_subtract(
  _ auditor: OpaquePointer?, _ other: OpaquePointer?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    try borrow(Auditor.self, auditor, named: "auditor").subtract(borrow(Auditor.self, other, named: "other"))
  }
}

/// See the header.
@_cdecl("eqp_auditor_save") @implementation
public func eqp_auditor_save(
  _ auditor: OpaquePointer?, _ bytes: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ count: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let output = try BytesOutput(bytes, count)
    try output.set(borrow(Auditor.self, auditor, named: "auditor").save(), what: "a saved auditor")
  }
}

/// See the header.
@_cdecl("eqp_auditor_restore") @implementation
public func eqp_auditor_restore(
  _ bytes: UnsafeRawPointer?, _ count: Int, _ auditor: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(auditor, named: "auditor")
    guard let bytes else { throw missing("bytes") }
    let count = try requireCount(count, named: "count")
    try result.set(Auditor(restoring: UnsafeRawBufferPointer(start: bytes, count: count)))
  }
}

/// See the header.
@_cdecl("eqp_auditor_report") @implementation
public func eqp_auditor_report(
  _ auditor: OpaquePointer?, _ hooks: UnsafePointer<eqp_hooks>?,
  _ reportJSON: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try TextOutput(reportJSON, named: "report_json")
    let auditor = try borrow(Auditor.self, auditor, named: "auditor")
    let report = try Hooks(hooks).running { try auditor.report() }
    try result.set(report.text(indented: true))
  }
}

/// See the header.
@_cdecl("eqp_auditor_free") @implementation
public func eqp_auditor_free(_ auditor: OpaquePointer?) { Handle.release(Auditor.self, auditor) }
