extension JSONValue {
  /// The deepest nesting that is read; a document from a stranger must not exhaust the stack.
  public static let maximumDepth = 64

  /// Parses one JSON document, strictly (RFC 8259: no comments, no trailing commas). What readers of JSON take
  /// differently is refused: a key twice in one object, half of a surrogate pair.
  ///
  /// - Parameter integers: what becomes of integers that 64 bits do not hold; nil: those of model files are numbers
  ///   (tokenizers write 10³⁰ for "no limit"), others are refused.
  /// - Throws: `kind` with the byte offset as location when the text is not JSON; `outOfMemory`.
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

  /// Integers beyond 64 bits: the nearest double, their digits as a string, or an error.
  public enum LargeIntegers: Sendable { case numbers, strings, refused }
}
