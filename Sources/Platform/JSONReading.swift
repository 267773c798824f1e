import CJSON

extension JSONValue {
  /// The deepest nesting that is read; a document from a stranger must not exhaust the stack.
  public static let maximumDepth: Int32 = 64

  /// Parses one JSON document with json-c, strictly (RFC 8259: no comments, no trailing commas).
  ///
  /// - Throws: `kind` with the byte offset as location when the text is not JSON.
  public static func parse(_ text: UnsafeBufferPointer<UInt8>, failing kind: Failure.Kind = .invalidConfig)
    throws -> JSONValue
  {
    guard text.count < Int(Int32.max) else {
      throw Failure(kind, "the JSON text has \(text.count) bytes; at most 2147483646 are read")
    }
    guard let tokener = json_tokener_new_ex(maximumDepth) else {
      throw Failure.outOfMemory(bytes: 4096, for: "reading JSON")
    }
    defer { json_tokener_free(tokener) }
    // STRICT also refuses trailing characters; VALIDATE_UTF8 refuses broken text.
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8)
    let root = text.withMemoryRebound(to: CChar.self) {
      json_tokener_parse_ex(tokener, $0.baseAddress, Int32($0.count))
    }
    defer { json_object_put(root) }
    var error = json_tokener_get_error(tokener)
    var offset = json_tokener_get_parse_end(tokener)
    // The tokener waits for more after a bare number; the end of the text ends it.
    if error == json_tokener_continue && root == nil {
      let end = json_tokener_parse_ex(tokener, "", -1)
      error = json_tokener_get_error(tokener)
      if error == json_tokener_success {
        defer { json_object_put(end) }
        return try convert(end, failing: kind)
      }
      offset = text.count
    }
    guard error == json_tokener_success else {
      let reason =
        error == json_tokener_continue
        ? "the text ends in the middle of a value"
        : String(cString: json_tokener_error_desc(error))
      throw Failure(kind, "not JSON at byte \(offset): \(reason)", at: "byte \(offset)")
    }
    if let trailing = text.dropFirst(offset).first(where: { ![32, 9, 10, 13].contains($0) }) {
      throw Failure(
        kind, "not JSON at byte \(offset): \"\(Character(Unicode.Scalar(trailing)))\" follows the document",
        at: "byte \(offset)")
    }
    return try convert(root, failing: kind)
  }

  public static func parse(_ text: String, failing kind: Failure.Kind = .invalidConfig) throws -> JSONValue {
    var text = text
    return try text.withUTF8 { try parse($0, failing: kind) }
  }

  private static func convert(_ value: OpaquePointer?, failing kind: Failure.Kind) throws -> JSONValue {
    guard let value else { return .null }
    switch json_object_get_type(value) {
    case json_type_boolean: return .bool(json_object_get_boolean(value) != 0)
    case json_type_int:
      // The parser gives the nearest integer of 64 bits for one beyond; one that no Int64 holds is refused.
      guard json_object_get_uint64(value) <= UInt64(Int64.max) else {
        throw Failure(kind, "an integer is beyond 64 bits; in quotes it is a text with all its digits")
      }
      return .integer(json_object_get_int64(value))
    case json_type_double:
      let number = json_object_get_double(value)
      guard number.isFinite else {
        throw Failure(kind, "\(number) is not a JSON number")
      }
      return .number(number)
    case json_type_string:
      let bytes = UnsafeRawBufferPointer(
        start: json_object_get_string(value), count: Int(json_object_get_string_len(value)))
      return .string(String(decoding: bytes, as: UTF8.self))
    case json_type_array:
      let count = json_object_array_length(value)
      return .array(
        try (0..<count).map { try convert(json_object_array_get_idx(value, $0), failing: kind) })
    case json_type_object:
      var members: [Member] = []
      var iterator = json_object_iter_begin(value)
      var end = json_object_iter_end(value)
      while json_object_iter_equal(&iterator, &end) == 0 {
        let key = String(cString: json_object_iter_peek_name(&iterator))
        members.append(
          Member(key, try convert(json_object_iter_peek_value(&iterator), failing: kind)))
        json_object_iter_next(&iterator)
      }
      return .object(members)
    default: return .null
    }
  }
}
