import Platform

/// A sensitive attribute: a column, a column of numbers that is divided into bins or quantiles, or groups
/// that texts mention.
public struct SensitiveColumn: ConfigValue, Equatable, Sendable {
  public var name: String
  /// Edges in ascending order: [25, 60] gives the groups "<25", "25-60" and ">=60". nil: one group per value.
  public var bins: [Double]?
  /// The number of groups with about equal numbers of rows; nil: no division by quantiles.
  public var quantiles: Int?
  public var missing = Missing.group
  /// Groups by the terms in texts; empty: the attribute is a column.
  public var lexicon: [LexiconGroup] = []
  /// The column of texts; nil: the text column of the configuration.
  public var text: String?

  /// How rows without a value are treated.
  public enum Missing: String, ConfigChoice, Sendable {
    /// They form the group "(missing)".
    case group
    /// They belong to no group; they still count among all rows.
    case drop
  }

  public init(name: String, bins: [Double]? = nil, quantiles: Int? = nil, missing: Missing = .group) {
    self.name = name
    self.bins = bins
    self.quantiles = quantiles
    self.missing = missing
  }

  private struct Object: Configuration {
    var name = ""
    var bins: [Double] = []
    var quantiles: Int?
    var missing = Missing.group
    var lexicon = ConfigMap<TermSource>()
    var text: String?
    static let summary = "A column of numbers, or the groups that texts mention, as a sensitive attribute."
    static let fields: [ConfigField<Object>] = [
      ConfigField("name", \.name, "The column's name. With a lexicon, any name that no column has."),
      ConfigField(
        "bins", \.bins,
        "The edges of bins in ascending order. A value that equals an edge belongs to the bin above it."),
      ConfigField(
        "quantiles", \.quantiles, in: 2...100,
        "The number of groups with about equal numbers of rows, instead of edges."
      ),
      ConfigField(
        "missing", \.missing,
        "group: rows without a value are a separate group; drop: they are in no group of audits."),
      ConfigField(
        "lexicon", \.lexicon,
        "For each group, the terms that mention it in texts, as whole words in upper or lower case: "
          + "{\"muslim\": [\"muslim\", \"islamic\"], \"christian\": \"terms.txt\"}. A string is the path of "
          + "a file with one term on each line. A text that mentions several groups belongs to the group "
          + "\"christian+muslim\", a text that mentions none to \"(none)\"."),
      ConfigField("text", \.text, "With a lexicon, the column of texts. Default: \"text\" of \"data\"."),
    ]
  }

  public static func decoded(_ json: JSONValue, at pointer: String) throws -> SensitiveColumn {
    if let name = json.string { return SensitiveColumn(name: name) }
    let object = try Object.decoded(json, at: pointer)
    guard !object.name.isEmpty else {
      throw Failure.invalidConfig("\"name\" is missing; a column's name is accepted", at: pointer + "/name")
    }
    guard zip(object.bins, object.bins.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw Failure.invalidConfig("\(object.bins) does not ascend", at: pointer + "/bins")
    }
    guard object.bins.isEmpty || object.quantiles == nil else {
      throw Failure.invalidConfig("both \"bins\" and \"quantiles\" are given; one is accepted", at: pointer)
    }
    guard object.lexicon.entries.isEmpty || object.bins.isEmpty && object.quantiles == nil else {
      throw Failure.invalidConfig("a lexicon makes groups, and so do bins; one is accepted", at: pointer)
    }
    var column = SensitiveColumn(
      name: object.name, bins: object.bins.isEmpty ? nil : object.bins, quantiles: object.quantiles,
      missing: object.missing)
    column.text = object.text
    column.lexicon = object.lexicon.entries.map { entry in
      switch entry.value {
      case .terms(let terms): LexiconGroup(name: entry.key, terms: terms)
      case .file(let path): LexiconGroup(name: entry.key, terms: [], file: path)
      }
    }
    return column
  }

  public var encoded: JSONValue {
    var members: [JSONValue.Member] = [.init("name", .string(name))]
    if let bins { members.append(.init("bins", .numbers(bins))) }
    if let quantiles { members.append(.init("quantiles", .integer(quantiles))) }
    if missing != .group { members.append(.init("missing", missing.encoded)) }
    if !lexicon.isEmpty {
      members.append(
        .init(
          "lexicon",
          .object(lexicon.map { .init($0.name, $0.file.map { .string($0) } ?? .strings($0.terms)) })))
    }
    if let text { members.append(.init("text", .string(text))) }
    return members.count == 1 ? .string(name) : .object(members)
  }

  public static var schema: JSONValue {
    ["anyOf": [["type": "string"], Object.schema]]
  }
}

/// One attribute by name, or the intersection of several: "sex", or ["sex", "race"].
public struct AttributeReference: ConfigValue, Equatable, Sendable {
  public var names: [String]

  public init(_ names: [String]) { self.names = names }

  /// No column: the groups are defined by the terms in texts.
  package static let terms = AttributeReference([])

  /// "sex,race"
  public var label: String { names.isEmpty ? "terms" : NameList.joined(names) }

  public static func decoded(_ json: JSONValue, at pointer: String) throws -> AttributeReference {
    if let name = json.string { return AttributeReference([name]) }
    let names = try [String].decoded(json, at: pointer)
    guard !names.isEmpty, Set(names).count == names.count else {
      throw Failure.invalidConfig("\(json.text()) does not name different attributes", at: pointer)
    }
    return AttributeReference(names)
  }

  public var encoded: JSONValue { names.count == 1 ? .string(names[0]) : .strings(names) }

  public static var schema: JSONValue {
    ["anyOf": [["type": "string"], ["type": "array", "items": ["type": "string"]]]]
  }
}

/// A label: a text, an integer or a boolean.
public struct LabelName: ConfigValue, Equatable, Sendable {
  public var text: String

  public init(_ text: String) { self.text = text }

  public static func decoded(_ json: JSONValue, at pointer: String) throws -> LabelName {
    LabelName(try OneOrMore.label(json, at: pointer, accepted: "a string, an integer or a boolean"))
  }

  public var encoded: JSONValue { .string(text) }

  public static var schema: JSONValue { ["type": ["string", "integer", "boolean"]] }
}

/// One value or several: ">50K", or [">50K", ">50K."].
public struct OneOrMore: ConfigValue, Equatable, Sendable {
  public var values: [String]

  public init(_ values: [String]) { self.values = values }

  public static func decoded(_ json: JSONValue, at pointer: String) throws -> OneOrMore {
    guard let labels = json.array else {
      return OneOrMore([
        try label(json, at: pointer, accepted: "a string, an integer, a boolean or an array of these")
      ])
    }
    return OneOrMore(
      try labels.enumerated().map {
        try label($0.element, at: "\(pointer)/\($0.offset)", accepted: "a string, an integer or a boolean")
      })
  }

  fileprivate static func label(_ json: JSONValue, at pointer: String, accepted: String) throws -> String {
    switch json {
    case .string(let value): return value
    case .integer(let value): return String(value)
    case .bool(let value): return String(value)
    default: throw Failure.unexpected(json, at: pointer, accepted: accepted)
    }
  }

  public var encoded: JSONValue { values.count == 1 ? .string(values[0]) : .strings(values) }

  public static var schema: JSONValue {
    ["anyOf": [LabelName.schema, ["type": "array", "items": LabelName.schema]]]
  }
}
