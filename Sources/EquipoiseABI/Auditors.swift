import CEquipoise
import Datasets
import Platform

// Audits in parts come with a later version. Until then no auditor can be made, and so whatever is given
// as one is not one.

private let explanation =
  "audits in parts are not available in this version; eqp_audit reads a whole dataset in one pass"

private func clear<Pointee>(_ place: UnsafeMutablePointer<Pointee?>?, named name: StaticString) throws {
  guard let place else { throw missing(name) }
  place.pointee = nil
}

private func requireAuditor(_ handle: OpaquePointer?, named name: StaticString) throws {
  guard handle == nil else { throw Failure.invalidArgument("\(name) is not an auditor", at: "\(name)") }
  throw missing(name)
}

/// See the header.
@_cdecl("eqp_auditor_new") @implementation
public func eqp_auditor_new(
  _ configJSON: UnsafePointer<CChar>?, _ auditor: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    try clear(auditor, named: "auditor")
    throw Failure.unsupported(explanation)
  }
}

/// See the header.
@_cdecl("eqp_auditor_update") @implementation
public func eqp_auditor_update(
  _ auditor: OpaquePointer?, _ batch: OpaquePointer?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    try requireAuditor(auditor, named: "auditor")
  }
}

/// See the header.
@_cdecl("eqp_auditor_merge") @implementation
public func eqp_auditor_merge(
  _ auditor: OpaquePointer?, _ other: OpaquePointer?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    try requireAuditor(auditor, named: "auditor")
  }
}

/// See the header.
@_cdecl("eqp_auditor_save") @implementation
public func eqp_auditor_save(
  _ auditor: OpaquePointer?, _ bytes: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ count: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    count?.pointee = 0
    try clear(bytes, named: "bytes")
    _ = try require(count, named: "count")
    try requireAuditor(auditor, named: "auditor")
  }
}

/// See the header.
@_cdecl("eqp_auditor_restore") @implementation
public func eqp_auditor_restore(
  _ bytes: UnsafeRawPointer?, _ count: Int, _ auditor: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    try clear(auditor, named: "auditor")
    guard bytes != nil else { throw missing("bytes") }
    throw Failure.unsupported(explanation)
  }
}

/// See the header.
@_cdecl("eqp_auditor_report") @implementation
public func eqp_auditor_report(
  _ auditor: OpaquePointer?, _ reportJSON: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    try clear(reportJSON, named: "report_json")
    try requireAuditor(auditor, named: "auditor")
  }
}

/// See the header.
@_cdecl("eqp_auditor_free") @implementation
public func eqp_auditor_free(_ auditor: OpaquePointer?) {
  // What is no auditor is left alone.
}
