extension JSONValue {
  /// The maximum nesting depth, so that untrusted documents cannot exhaust the stack.
  public static let maximumDepth = 64

  /// Parses one JSON document strictly (RFC 8259: no comments, no trailing commas). Input that JSON parsers
  /// interpret differently is refused: duplicate keys in an object, half of a surrogate pair.
  ///
  /// - Parameter integers: how integers beyond 64 bits are read; nil: as numbers in model files (tokenizers
  ///   write 10³⁰ for "no limit"), refused elsewhere.
  /// - Throws: `kind` with the byte offset as location if the text is not JSON; `outOfMemory`.
  public static func parse(
    _ text: UnsafeBufferPointer<UInt8>, failing kind: Failure.Kind = .invalidConfig,
    largeIntegers integers: LargeIntegers? = nil
  ) throws -> JSONValue {
    var parser = JSONParser(
      text, failing: kind, largeIntegers: integers ?? (kind == .invalidModel ? .numbers : .refused))
    return try parser.document()
  }

  public static func parse(_ text: String, failing kind: Failure.Kind = .invalidConfig) throws -> JSONValue {
    var text = text
    return try text.withUTF8 { try parse($0, failing: kind) }
  }

  /// How integers beyond 64 bits are read: as the nearest double, as a string of their digits, or as an
  /// error.
  public enum LargeIntegers: Sendable { case numbers, strings, refused }
}
