import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// What an `eqp_error` points to: plain C memory, so that a host's tools see nothing but `malloc`.
struct ErrorObject {
  static let tag: UInt64 = 0x6571_705f_6572_726f

  var tag: UInt64
  var status: Int32
  var message: UnsafeMutablePointer<CChar>
  var location: UnsafeMutablePointer<CChar>

  /// nil when there is no memory even for this.
  static func make(_ failure: Failure) -> OpaquePointer? {
    guard let memory = malloc(MemoryLayout<ErrorObject>.size) else { return nil }
    guard let message = copied(failure.message) else {
      free(memory)
      return nil
    }
    guard let location = copied(failure.location) else {
      free(message)
      free(memory)
      return nil
    }
    memory.bindMemory(to: ErrorObject.self, capacity: 1).initialize(
      to: ErrorObject(tag: tag, status: failure.kind.rawValue, message: message, location: location))
    return OpaquePointer(memory)
  }

  /// nil for NULL and for what is no live error.
  static func read(_ handle: OpaquePointer?) -> UnsafeMutablePointer<ErrorObject>? {
    guard let handle else { return nil }
    let object = UnsafeMutablePointer<ErrorObject>(handle)
    return object.pointee.tag == tag ? object : nil
  }

  static func release(_ handle: OpaquePointer?) {
    guard let object = read(handle) else { return }
    free(object.pointee.message)
    free(object.pointee.location)
    object.pointee.tag = 0
    free(object)
  }
}
