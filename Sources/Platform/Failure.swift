import PlatformKernels

/// The library's only error type: what was wrong, where, and what would be accepted.
///
/// `kind` becomes the `eqp_status`. `message` is one sentence for people. `location` is for programs: a JSON
/// pointer, `file:line`, `file:offset`, a column or a layer; empty if there is none.
public struct Failure: Error, Equatable, Sendable {
  /// The values are those of `eqp_status` in equipoise.h.
  public enum Kind: Int32, Sendable, CaseIterable {
    case invalidArgument = 1
    case invalidConfig = 2
    case invalidData = 3
    case invalidModel = 4
    case unsupported = 5
    case io = 6
    case outOfMemory = 7
    case cancelled = 8
    case refused = 9
    case integrity = 10
    case `internal` = 11
  }

  public let kind: Kind
  public let message: String
  public let location: String

  public init(_ kind: Kind, _ message: String, at location: String = "") {
    self.kind = kind
    self.message = message.utf8.count > 400 ? Failure.shortened(message) : message
    self.location = location
  }

  /// The message with at most 200 bytes of each value that it quotes, because a value may have megabytes.
  private static func shortened(_ message: String) -> String {
    var parts: [String] = []
    for part in message.split(separator: "\"", omittingEmptySubsequences: false) {
      guard part.utf8.count > 200 else {
        parts.append(String(part))
        continue
      }
      // Only the parts between quotes are values.
      guard !parts.count.isMultiple(of: 2) else {
        parts.append(String(part))
        continue
      }
      var (text, bytes) = ("", 0)
      for character in part {
        bytes += String(character).utf8.count
        if bytes > 190 { break }
        text.append(character)
      }
      parts.append(text + "...")
    }
    return parts.joined(separator: "\"")
  }

  public static func invalidArgument(_ message: String, at location: String = "") -> Failure {
    Failure(.invalidArgument, message, at: location)
  }
  public static func invalidConfig(_ message: String, at pointer: String) -> Failure {
    Failure(.invalidConfig, "\(pointer.isEmpty ? "/" : pointer): \(message)", at: pointer)
  }
  public static func invalidData(_ message: String, at location: String = "") -> Failure {
    Failure(.invalidData, location.isEmpty ? message : "\(location): \(message)", at: location)
  }
  /// An error about one column; the location is its name.
  public static func invalidColumn(_ name: String, _ message: String) -> Failure {
    Failure(.invalidData, "column \"\(name)\": \(message)", at: name)
  }
  public static func invalidModel(_ message: String, at location: String = "") -> Failure {
    Failure(.invalidModel, location.isEmpty ? message : "\(location): \(message)", at: location)
  }
  public static func unsupported(_ message: String, at location: String = "") -> Failure {
    Failure(.unsupported, message, at: location)
  }
  /// The error of a configuration inside a larger one: `prefix` is added to its pointers.
  public func below(_ prefix: String) -> Failure {
    guard kind == .invalidConfig, location.hasPrefix("/"), message.hasPrefix(location) else { return self }
    return Failure(kind, prefix + message, at: prefix + location)
  }

  /// Also marks the current call, so that it fails even if some code catches this error or reports another
  /// one.
  public static func outOfMemory(bytes: Int, for purpose: String) -> Failure {
    memory_call_mark()
    return Failure(.outOfMemory, "\(bytes) bytes for \(purpose) could not be allocated")
  }
  public static func `internal`(_ message: String) -> Failure {
    Failure(.internal, "\(message) (a defect of this library; please report it)")
  }
}
