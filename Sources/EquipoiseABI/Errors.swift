import CEquipoise
import Platform

/// See the header.
@_cdecl("eqp_error_status") @implementation
public func eqp_error_status(_ error: OpaquePointer?) -> eqp_status {
  ErrorObject.read(error)?.pointee.status ?? eqp_status(EQP_OK)
}

/// See the header.
@_cdecl("eqp_error_message") @implementation
public func eqp_error_message(_ error: OpaquePointer?) -> UnsafePointer<CChar>? {
  guard let object = ErrorObject.read(error) else { return lasting("") }
  return UnsafePointer(object.pointee.message)
}

/// See the header.
@_cdecl("eqp_error_location") @implementation
public func eqp_error_location(_ error: OpaquePointer?) -> UnsafePointer<CChar>? {
  guard let object = ErrorObject.read(error) else { return lasting("") }
  return UnsafePointer(object.pointee.location)
}

/// See the header.
@_cdecl("eqp_error_free") @implementation
public func eqp_error_free(_ error: OpaquePointer?) {
  ErrorObject.release(error)
}

/// See the header.
@_cdecl("eqp_status_name") @implementation
public func eqp_status_name(_ status: eqp_status) -> UnsafePointer<CChar>? {
  if status == eqp_status(EQP_OK) { return lasting("EQP_OK") }
  switch Failure.Kind(rawValue: status) {
  case .invalidArgument: return lasting("EQP_INVALID_ARGUMENT")
  case .invalidConfig: return lasting("EQP_INVALID_CONFIG")
  case .invalidData: return lasting("EQP_INVALID_DATA")
  case .invalidModel: return lasting("EQP_INVALID_MODEL")
  case .unsupported: return lasting("EQP_UNSUPPORTED")
  case .io: return lasting("EQP_IO")
  case .outOfMemory: return lasting("EQP_OUT_OF_MEMORY")
  case .cancelled: return lasting("EQP_CANCELLED")
  case .refused: return lasting("EQP_REFUSED")
  case .integrity: return lasting("EQP_INTEGRITY")
  case .internal: return lasting("EQP_INTERNAL")
  case nil: return lasting("unknown status")
  }
}

/// The bytes of a literal, which are valid as long as the library is loaded.
func lasting(_ literal: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(literal.utf8Start).assumingMemoryBound(to: CChar.self)
}
