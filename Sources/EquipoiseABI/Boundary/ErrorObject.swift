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
  ///
  /// - Parameter function: the location of a failure that has none.
  static func make(_ failure: Failure, from function: StaticString) -> OpaquePointer? {
    guard let memory = malloc(MemoryLayout<ErrorObject>.size) else { return nil }
    guard let message = copied(MessageLimits.limited(failure.message)) else {
      free(memory)
      return nil
    }
    guard let location = copied(location(of: failure, from: function)) else {
      free(message)
      free(memory)
      return nil
    }
    memory.bindMemory(to: ErrorObject.self, capacity: 1).initialize(
      to: ErrorObject(tag: tag, status: failure.kind.rawValue, message: message, location: location))
    return OpaquePointer(memory)
  }

  /// A configuration as a whole is "/"; what points at nothing is the function's.
  private static func location(of failure: Failure, from function: StaticString) -> String {
    if !failure.location.isEmpty { return failure.location }
    if failure.kind == .invalidConfig { return "/" }
    return "\(function)".split(separator: "(").first.map(String.init) ?? "eqp"
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
