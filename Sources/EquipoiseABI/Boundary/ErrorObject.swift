import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The content of an `eqp_error`: plain C memory, so that a host's tools see an ordinary `malloc`.
struct ErrorObject {
  static let tag: UInt64 = 0x6571_705f_6572_726f

  var tag: UInt64
  var status: Int32
  var message: UnsafeMutablePointer<CChar>
  var location: UnsafeMutablePointer<CChar>

  /// - Parameter function: the location of a failure without a location.
  /// - Returns: nil if there is not enough memory for the error.
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

  /// The location of a failure: "/" for a configuration as a whole, the function's name if there is none.
  private static func location(of failure: Failure, from function: StaticString) -> String {
    if !failure.location.isEmpty { return failure.location }
    if failure.kind == .invalidConfig { return "/" }
    return "\(function)".split(separator: "(").first.map(String.init) ?? "eqp"
  }

  /// nil for NULL and for a pointer that is not a live error.
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
