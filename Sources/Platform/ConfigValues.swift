// The basic types of fields: numbers, texts, choices, lists, maps, and optional values.

extension Failure {
  /// "/a/b: 3 is a number; a string is accepted".
  public static func unexpected(_ json: JSONValue, at pointer: String, accepted: String) -> Failure {
    let found = json.text()
    let shown = found.count > 60 ? "\(found.prefix(57))..." : found
    return .invalidConfig("\(shown) is \(json.kindName); \(accepted) is accepted", at: pointer)
  }
}

extension Int: ConfigValue {
  public static func decoded(_ json: JSONValue, at pointer: String) throws -> Int {
    guard let value = json.int else {
      throw Failure.unexpected(json, at: pointer, accepted: "an integer")
    }
    return value
  }
  public var encoded: JSONValue { .integer(self) }
  public static var schema: JSONValue { ["type": "integer"] }
}

extension Double: ConfigValue {
  public static func decoded(_ json: JSONValue, at pointer: String) throws -> Double {
    guard let value = json.double else {
      throw Failure.unexpected(json, at: pointer, accepted: "a number")
    }
    return value
  }
  public var encoded: JSONValue { .finite(self) }
  public static var schema: JSONValue { ["type": "number"] }
}

extension Bool: ConfigValue {
  public static func decoded(_ json: JSONValue, at pointer: String) throws -> Bool {
    guard let value = json.bool else {
      throw Failure.unexpected(json, at: pointer, accepted: "true or false")
    }
    return value
  }
  public var encoded: JSONValue { .bool(self) }
  public static var schema: JSONValue { ["type": "boolean"] }
}

extension String: ConfigValue {
  public static func decoded(_ json: JSONValue, at pointer: String) throws -> String {
    guard let value = json.string else {
      throw Failure.unexpected(json, at: pointer, accepted: "a string")
    }
    return value
  }
  public var encoded: JSONValue { .string(self) }
  public static var schema: JSONValue { ["type": "string"] }
}

extension JSONValue: ConfigValue {
  public static func decoded(_ json: JSONValue, at pointer: String) throws -> JSONValue { json }
  public var encoded: JSONValue { self }
  public static var schema: JSONValue { .object([] as [Member]) }
}

/// A choice among words: an enumeration whose raw values are the words.
public protocol ConfigChoice: ConfigValue, RawRepresentable, CaseIterable where RawValue == String {}

extension ConfigChoice {
  public static func decoded(_ json: JSONValue, at pointer: String) throws -> Self {
    let words = allCases.map(\.rawValue)
    guard let word = json.string else {
      throw Failure.unexpected(json, at: pointer, accepted: "one of \(words.joined(separator: ", "))")
    }
    guard let value = Self(rawValue: word) else {
      throw Failure.invalidConfig(
        "\"\(word)\" is not accepted\(Suggestion.phrase(for: word, among: words))", at: pointer)
    }
    return value
  }
  public var encoded: JSONValue { .string(rawValue) }
  public static var schema: JSONValue {
    ["type": "string", "enum": .strings(allCases.map(\.rawValue))]
  }
}

extension Optional: ConfigValue where Wrapped: ConfigValue {
  public static func decoded(_ json: JSONValue, at pointer: String) throws -> Wrapped? {
    json == .null ? .none : try Wrapped.decoded(json, at: pointer)
  }
  public var encoded: JSONValue { self?.encoded ?? .null }
  public static var schema: JSONValue {
    .object(
      (Wrapped.schema.members ?? []).map { member in
        switch (member.key, member.value) {
        case ("type", .string): .init("type", .array([member.value, "null"]))
        case ("enum", .array(let words)): .init("enum", .array(words + [.null]))
        case ("anyOf", .array(let choices)): .init("anyOf", .array(choices + [["type": "null"]]))
        default: member
        }
      })
  }
}

extension Array: ConfigValue where Element: ConfigValue {
  public static func decoded(_ json: JSONValue, at pointer: String) throws -> [Element] {
    guard let elements = json.array else {
      throw Failure.unexpected(json, at: pointer, accepted: "an array")
    }
    return try elements.enumerated().map { try Element.decoded($0.element, at: "\(pointer)/\($0.offset)") }
  }
  public var encoded: JSONValue { .array(map(\.encoded)) }
  public static var schema: JSONValue { ["type": "array", "items": Element.schema] }
}

/// An object with free keys: `{"<name>": value}`, in the order written.
public struct ConfigMap<Value: ConfigValue>: ConfigValue {
  public var entries: [(key: String, value: Value)]

  public init(_ entries: [(key: String, value: Value)] = []) { self.entries = entries }

  public subscript(key: String) -> Value? { entries.first { $0.key == key }?.value }

  public static func decoded(_ json: JSONValue, at pointer: String) throws -> ConfigMap {
    guard let members = json.members else {
      throw Failure.unexpected(json, at: pointer, accepted: "an object")
    }
    return ConfigMap(
      try members.map { ($0.key, try Value.decoded($0.value, at: "\(pointer)/\(escaped($0.key))")) })
  }
  public var encoded: JSONValue { .object(entries.map { .init($0.key, $0.value.encoded) }) }
  public static var schema: JSONValue {
    ["type": "object", "additionalProperties": Value.schema]
  }
}
