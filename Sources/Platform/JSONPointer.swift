extension JSONValue {
  /// The value at a JSON pointer (RFC 6901): "" is the whole document, "/overall/accuracy" a nested member,
  /// "/by/0" an element; "~0" stands for "~" and "~1" for "/".
  ///
  /// - Throws: `invalidArgument` (location: "pointer") for an invalid pointer, or for a value that does not
  ///   exist; the message suggests the closest name.
  public func value(at pointer: String) throws -> JSONValue {
    var (value, place) = (self, "")
    for key in try Self.keys(of: pointer) {
      guard let next = value.member(key) else {
        let known = value.members?.map(\.key) ?? []
        let count = value.array.map { "; it has \($0.count) elements" } ?? ""
        throw Failure.invalidArgument(
          "\"\(place)/\(escaped(key))\" is not there: \"\(place)\" is \(value.kindName)\(count)"
            + Suggestion.phrase(for: key, among: known), at: "pointer")
      }
      (value, place) = (next, place + "/" + escaped(key))
    }
    return value
  }

  /// The keys of a pointer, without escapes.
  static func keys(of pointer: String) throws -> [String] {
    guard pointer.isEmpty || pointer.hasPrefix("/") else {
      throw Failure.invalidArgument(
        "\"\(pointer)\" is not a JSON pointer, which is empty or begins with \"/\"", at: "pointer")
    }
    return try pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
      try unescaped($0, of: pointer)
    }
  }

  private func member(_ key: String) -> JSONValue? {
    guard case .array(let elements) = self else { return self[key] }
    // "0", "1", ...; no leading zeros (RFC 6901, section 4).
    guard let index = Int(key), String(index) == key, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  private static func unescaped(_ part: Substring, of pointer: String) throws -> String {
    var (result, isEscaped) = ("", false)
    for character in part {
      switch (isEscaped, character) {
      case (false, "~"): isEscaped = true
      case (false, _): result.append(character)
      case (true, "0"), (true, "1"):
        result.append(character == "0" ? "~" : "/")
        isEscaped = false
      case (true, _): throw invalidEscape(pointer)
      }
    }
    guard !isEscaped else { throw invalidEscape(pointer) }
    return result
  }

  private static func invalidEscape(_ pointer: String) -> Failure {
    .invalidArgument("\"\(pointer)\": \"0\" or \"1\" is expected after \"~\"", at: "pointer")
  }
}
