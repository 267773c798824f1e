import CEquipoise
import Platform

/// Runs the body of an entry point: the one place where a Swift error becomes a status and an `eqp_error`.
///
/// - Parameter place: the caller's place for an error, or nil. It holds NULL after a success.
@inline(__always)
func guarded(_ place: UnsafeMutablePointer<OpaquePointer?>?, _ body: () throws -> Void) -> eqp_status {
  place?.pointee = nil
  do {
    try body()
    return eqp_status(EQP_OK)
  } catch {
    return hand(error, to: place)
  }
}

private func hand(_ error: any Error, to place: UnsafeMutablePointer<OpaquePointer?>?) -> eqp_status {
  let failure = error as? Failure ?? Failure.internal("an unexpected error: \(error)")
  place?.pointee = ErrorObject.make(failure)
  return failure.kind.rawValue
}
