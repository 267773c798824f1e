import CEquipoise
import Platform

/// See the header.
@_cdecl("eqp_cancel_new") @implementation
public func eqp_cancel_new(
  _ cancel: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) { try HandleOutput(cancel, named: "cancel").set(CancelFlag()) }
}

/// See the header.
@_cdecl("eqp_cancel_request") @implementation
public func eqp_cancel_request(_ cancel: OpaquePointer?) {
  Handle.read(CancelFlag.self, cancel)?.request()
}

/// See the header.
@_cdecl("eqp_cancel_requested") @implementation
public func eqp_cancel_requested(_ cancel: OpaquePointer?) -> Int32 {
  Handle.read(CancelFlag.self, cancel)?.isRequested == true ? 1 : 0
}

/// See the header.
@_cdecl("eqp_cancel_reset") @implementation
public func eqp_cancel_reset(_ cancel: OpaquePointer?) {
  Handle.read(CancelFlag.self, cancel)?.reset()
}

/// See the header.
@_cdecl("eqp_cancel_free") @implementation
public func eqp_cancel_free(_ cancel: OpaquePointer?) { Handle.release(CancelFlag.self, cancel) }
