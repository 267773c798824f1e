import Platform

/// A sensitive attribute: the name of a column, or a column of numbers cut into bins.
public struct SensitiveColumn: ConfigValue, Equatable, Sendable {
  public var name: String
  /// Edges, ascending: [25, 60] makes the groups "<25", "25-60" and ">=60". nil: a group a value.
  public var bins: [Double]?

  public init(name: String, bins: [Double]? = nil) {
    self.name = name
    self.bins = bins
  }

  private struct Object: Configuration {
    var name = ""
    var bins: [Double] = []
    static let summary = "A column of numbers as a sensitive attribute."
    static let fields: [ConfigField<Object>] = [
      ConfigField("name", \.name, "The column."),
      ConfigField("bins", \.bins, "Edges, ascending; a value is in the bin whose lower edge it reaches."),
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
    return SensitiveColumn(name: object.name, bins: object.bins.isEmpty ? nil : object.bins)
  }

  public var encoded: JSONValue {
    guard let bins else { return .string(name) }
    return ["name": .string(name), "bins": .numbers(bins)]
  }

  public static var schema: JSONValue {
    ["anyOf": [["type": "string"], Object.schema]]
  }
}

/// One attribute by name, or the intersection of several: "sex", or ["sex", "race"].
public struct AttributeReference: ConfigValue, Equatable, Sendable {
  public var names: [String]

  public init(_ names: [String]) { self.names = names }

  /// "sex,race"
  public var label: String { names.joined(separator: ",") }

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
