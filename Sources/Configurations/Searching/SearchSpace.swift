import Platform

/// The configurations among which a search chooses: values for keys, named by JSON pointers.
public struct SearchSpace: ConfigValue, Equatable, Sendable {
  /// A key and its values.
  public struct Entry: Equatable, Sendable {
    /// The JSON pointer of the key in the configuration of a fine-tuning, or below "/model".
    public let pointer: String
    public let values: SearchValues

    public init(pointer: String, values: SearchValues) {
      (self.pointer, self.values) = (pointer, values)
    }
  }

  /// Spaces, one of which each candidate is from; empty: the default space.
  public var alternatives: [[Entry]] = []

  public init(_ alternatives: [[Entry]] = []) { self.alternatives = alternatives }

  public static func decoded(_ json: JSONValue, at pointer: String) throws -> SearchSpace {
    guard let spaces = json.array else {
      let only = try entries(json, at: pointer)
      return SearchSpace(only.isEmpty ? [] : [only])
    }
    guard !spaces.isEmpty else {
      throw Failure.invalidConfig("the array has no space; one or more objects are accepted", at: pointer)
    }
    return SearchSpace(
      try spaces.enumerated().map { try entries($0.element, at: "\(pointer)/\($0.offset)") })
  }

  private static func entries(_ json: JSONValue, at pointer: String) throws -> [Entry] {
    try ConfigMap<SearchValues>.decoded(json, at: pointer).entries.map { key, values in
      try requirePointer(key, at: pointer)
      return Entry(pointer: key, values: values)
    }
  }

  /// - Throws: `invalidConfig` if `key` is no pointer to a key that can vary.
  static func requirePointer(_ key: String, at pointer: String) throws {
    guard key.hasPrefix("/"), key.count > 1 else {
      throw Failure.invalidConfig(
        "\"\(key)\" is not a JSON pointer of a key; one such as \"/fairness/0/tolerance\" is accepted",
        at: pointer)
    }
    guard key != "/search", !key.hasPrefix("/search/") else {
      throw Failure.invalidConfig("\"\(key)\" is part of the search, which does not vary", at: pointer)
    }
  }

  public var encoded: JSONValue {
    func object(_ entries: [Entry]) -> JSONValue {
      .object(entries.map { .init($0.pointer, $0.values.encoded) })
    }
    guard alternatives.count > 1 else { return object(alternatives.first ?? []) }
    return .array(alternatives.map(object))
  }

  public static var schema: JSONValue {
    let object = ConfigMap<SearchValues>.schema
    return ["anyOf": [object, ["type": "array", "items": object]]]
  }
}

/// The values of a key: a list, or a range of numbers.
public enum SearchValues: ConfigValue, Equatable, Sendable {
  case list([JSONValue])
  case range(SearchRange)

  public static func decoded(_ json: JSONValue, at pointer: String) throws -> SearchValues {
    if json.members != nil { return .range(try SearchRange.decoded(json, at: pointer)) }
    guard let values = json.array else {
      throw Failure.unexpected(
        json, at: pointer, accepted: "an array of values, or a range such as {\"from\": 0.001, \"to\": 0.1}")
    }
    guard !values.isEmpty else {
      throw Failure.invalidConfig("the array is empty; one value or more are accepted", at: pointer)
    }
    return .list(values)
  }

  public var encoded: JSONValue {
    switch self {
    case .list(let values): .array(values)
    case .range(let range): range.encoded
    }
  }

  public static var schema: JSONValue { ["anyOf": [["type": "array"], SearchRange.schema]] }

  /// The values of a grid.
  package var grid: [JSONValue] {
    switch self {
    case .list(let values): values
    case .range(let range): range.grid
    }
  }
}

/// A range of numbers.
public struct SearchRange: Configuration, Equatable, Sendable {
  public enum Scale: String, ConfigChoice, Sendable { case linear, log }

  public var from = 0.0
  public var to = 1.0
  public var scale = Scale.linear
  public var integer = false
  public var steps = 5

  public init() {}

  public static let summary = "A range of numbers."
  public static let fields: [ConfigField<SearchRange>] = [
    ConfigField("from", \.from, in: -1e12...1e12, "The smallest value."),
    ConfigField("to", \.to, in: -1e12...1e12, "The largest value."),
    ConfigField(
      "scale", \.scale, "linear: values are drawn uniformly; log: their logarithms are."),
    ConfigField("integer", \.integer, "Whether values are rounded to integers."),
    ConfigField("steps", \.steps, in: 1...1000, "The number of values in a grid."),
  ]

  public func validate(at pointer: String) throws {
    guard from <= to else {
      throw Failure.invalidConfig("\(to) is less than \"from\", which is \(from)", at: pointer + "/to")
    }
    guard scale == .linear || from > 0 else {
      throw Failure.invalidConfig(
        "\(from) has no logarithm; numbers above 0 are accepted", at: pointer + "/from")
    }
  }
}
