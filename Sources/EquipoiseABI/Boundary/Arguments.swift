import CEquipoise
import Platform

#if canImport(Glibc)
  import Glibc
#endif

// Checks and converts arguments; each function names the parameter in its error.

/// The object of a handle that must not be NULL.
@inline(__always)
func borrow<Content: HandleContent>(
  _ kind: Content.Type, _ handle: OpaquePointer?, named name: StaticString
) throws -> Content {
  guard let content = Handle.read(kind, handle) else { throw wrong(handle, name, Content.noun) }
  return content
}

/// The object of a handle that may be NULL.
func borrowIfPresent<Content: HandleContent>(
  _ kind: Content.Type, _ handle: OpaquePointer?, named name: StaticString
) throws -> Content? {
  handle == nil ? nil : try borrow(kind, handle, named: name)
}

private func wrong(_ handle: OpaquePointer?, _ name: StaticString, _ noun: StaticString) -> Failure {
  handle == nil
    ? missing(name) : Failure.invalidArgument("\(name) is not \(noun), or was freed", at: "\(name)")
}

/// The error for a NULL argument that is required.
func missing(_ name: StaticString) -> Failure {
  Failure.invalidArgument("\(name) is NULL", at: "\(name)")
}

@inline(__always)
func require<Pointee>(
  _ pointer: UnsafePointer<Pointee>?, named name: StaticString
) throws -> UnsafePointer<Pointee> {
  guard let pointer else { throw missing(name) }
  return pointer
}

@inline(__always)
func require<Pointee>(
  _ pointer: UnsafeMutablePointer<Pointee>?, named name: StaticString
) throws -> UnsafeMutablePointer<Pointee> {
  guard let pointer else { throw missing(name) }
  return pointer
}

/// A size_t as a count; values above Int.max are negative in Swift.
@inline(__always)
func requireCount(_ count: Int, named name: StaticString) throws -> Int {
  guard count >= 0 else {
    throw Failure.invalidArgument(
      "\(name) is \(UInt(bitPattern: count)), more than any memory holds", at: "\(name)")
  }
  return count
}

/// A list of `count` texts that must not be NULL.
func texts(_ pointer: UnsafePointer<UnsafePointer<CChar>?>, count: Int, named name: StaticString) throws
  -> [String]
{
  try (0..<count).map { try text(pointer[$0], named: name) }
}

/// A text that must not be NULL, such as a path or a name.
func text(_ pointer: UnsafePointer<CChar>?, named name: StaticString) throws -> String {
  guard let pointer else { throw missing(name) }
  guard let text = String(validatingCString: pointer) else {
    throw Failure.invalidArgument("\(name) is not UTF-8", at: "\(name)")
  }
  guard !text.isEmpty else { throw Failure.invalidArgument("\(name) is empty", at: "\(name)") }
  return text
}

/// A configuration from the host's JSON; NULL and "" give the defaults.
func configuration<Config: Configuration>(
  _ kind: Config.Type, _ json: UnsafePointer<CChar>?
) throws -> Config {
  guard let json else { return try Config(json: nil) }
  guard let text = String(validatingCString: json) else {
    throw Failure.invalidConfig("the text is not UTF-8", at: "")
  }
  return try Config(json: text)
}
