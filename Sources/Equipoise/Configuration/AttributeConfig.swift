import Platform

/// A sensitive attribute: the name of a column, or a column of numbers cut into bins or at quantiles.
public struct SensitiveColumn: ConfigValue, Equatable, Sendable {
  public var name: String
  /// Edges, ascending: [25, 60] makes the groups "<25", "25-60" and ">=60". nil: a group a value.
  public var bins: [Double]?
  /// Into how many groups of about as many rows the numbers are cut; nil: not by quantiles.
  public var quantiles: Int?
  public var missing = Missing.group

  /// What rows without a value are.
  public enum Missing: String, ConfigChoice, Sendable {
    /// The group "(missing)".
    case group
    /// In no group of audits; they still count among all rows.
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
    static let summary = "A column of numbers as a sensitive attribute."
    static let fields: [ConfigField<Object>] = [
      ConfigField("name", \.name, "The column."),
      ConfigField("bins", \.bins, "Edges, ascending; a value is in the bin whose lower edge it reaches."),
      ConfigField(
        "quantiles", \.quantiles, in: 2...100, "Instead of edges: the number of groups of about as many rows."
      ),
      ConfigField(
        "missing", \.missing,
        "Whether rows without a value are a group of their own, or in no group of audits."),
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
    return SensitiveColumn(
      name: object.name, bins: object.bins.isEmpty ? nil : object.bins, quantiles: object.quantiles,
      missing: object.missing)
  }

  public var encoded: JSONValue {
    var members: [JSONValue.Member] = [.init("name", .string(name))]
    if let bins { members.append(.init("bins", .numbers(bins))) }
    if let quantiles { members.append(.init("quantiles", .integer(quantiles))) }
    if missing != .group { members.append(.init("missing", missing.encoded)) }
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

  /// No column: the people are those that terms in a text speak of.
  static let terms = AttributeReference([])

  /// "sex,race"
  public var label: String { names.isEmpty ? "terms" : names.joined(separator: ",") }

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

/// One value or several: ">50K", or [">50K", ">50K."].
public struct OneOrMore: ConfigValue, Equatable, Sendable {
  public var values: [String]

  public init(_ values: [String]) { self.values = values }

  public static func decoded(_ json: JSONValue, at pointer: String) throws -> OneOrMore {
    switch json {
    case .string(let value): return OneOrMore([value])
    case .integer(let value): return OneOrMore([String(value)])
    case .bool(let value): return OneOrMore([String(value)])
    default: return OneOrMore(try [String].decoded(json, at: pointer))
    }
  }

  public var encoded: JSONValue { values.count == 1 ? .string(values[0]) : .strings(values) }

  public static var schema: JSONValue {
    ["anyOf": [["type": ["string", "integer", "boolean"]], ["type": "array", "items": ["type": "string"]]]]
  }
}
