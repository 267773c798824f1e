/// A configuration that is written as a JSON object. One declaration of its fields defines the decoder, the
/// defaults, the JSON Schema and the reference page.
///
///     struct Schedule: Configuration {
///       var name = Name.constant
///       var warmup = 0.0
///       static let summary = "How the learning rate changes over the steps."
///       static let fields: [ConfigField<Schedule>] = [
///         ConfigField("name", \.name, "The curve."),
///         ConfigField("warmup", \.warmup, in: 0...1, "Share of the steps that climb to the full rate."),
///       ]
///     }
public protocol Configuration: ConfigValue {
  /// Creates the configuration with the default values.
  init()
  /// The description in the schema and on the reference page, as one sentence.
  static var summary: String { get }
  static var fields: [ConfigField<Self>] { get }
  /// Checks conditions on several fields; throws `invalidConfig` with a pointer below `pointer`.
  func validate(at pointer: String) throws
}

/// A type that a field of a configuration can have.
public protocol ConfigValue {
  /// - Throws: `invalidConfig` at `pointer`, with the value found and the accepted values.
  static func decoded(_ json: JSONValue, at pointer: String) throws -> Self
  /// The value as JSON; decoding it gives the same value.
  var encoded: JSONValue { get }
  /// The JSON Schema (draft 2020-12) of the type.
  static var schema: JSONValue { get }
}

/// One field: its name, its key path, and its documentation.
public struct ConfigField<Owner> {
  public let name: String
  public let documentation: String
  /// The limits in words, for the reference page and for errors; nil if the type needs no limits.
  public let limits: String?
  let decode: (inout Owner, JSONValue, String) throws -> Void
  let encode: (Owner) -> JSONValue
  let makeSchema: () -> JSONValue

  public init<Value: ConfigValue>(
    _ name: String, _ path: WritableKeyPath<Owner, Value>, _ documentation: String
  ) {
    self.init(name, path, documentation, limits: nil, schema: []) { _ in true }
  }

  /// A number within a closed range.
  public init<Value: ConfigValue & Comparable>(
    _ name: String, _ path: WritableKeyPath<Owner, Value>, in range: ClosedRange<Value>,
    _ documentation: String
  ) {
    self.init(
      name, path, documentation, limits: "\(range.lowerBound) to \(range.upperBound)",
      schema: [
        .init("minimum", range.lowerBound.encoded), .init("maximum", range.upperBound.encoded),
      ]
    ) { range.contains($0) }
  }

  /// A number within a closed range, or null.
  public init<Value: ConfigValue & Comparable>(
    _ name: String, _ path: WritableKeyPath<Owner, Value?>, in range: ClosedRange<Value>,
    _ documentation: String
  ) {
    self.init(
      name, path, documentation, limits: "\(range.lowerBound) to \(range.upperBound), or null",
      schema: [
        .init("minimum", range.lowerBound.encoded), .init("maximum", range.upperBound.encoded),
      ]
    ) { $0.map { range.contains($0) } ?? true }
  }

  private init<Value: ConfigValue>(
    _ name: String, _ path: WritableKeyPath<Owner, Value>, _ documentation: String, limits: String?,
    schema: [JSONValue.Member], accepts: @escaping (Value) -> Bool
  ) {
    self.name = name
    self.documentation = documentation
    self.limits = limits
    decode = { owner, json, pointer in
      let value = try Value.decoded(json, at: pointer)
      guard accepts(value) else {
        throw Failure.invalidConfig(
          "\(json.text()) is out of range; \(limits ?? "") is accepted", at: pointer)
      }
      owner[keyPath: path] = value
    }
    encode = { $0[keyPath: path].encoded }
    makeSchema = {
      // The field's documentation replaces the description of its type.
      let own = (Value.schema.members ?? []).filter { $0.key != "description" }
      return .object(own + schema + [.init("description", .string(documentation))])
    }
  }
}

extension Configuration {
  public func validate(at pointer: String) throws {}

  /// Decodes the text of an options argument; nil and "" give the defaults.
  public init(json text: String?) throws {
    guard let text, !text.isEmpty else {
      self.init()
      try validate(at: "")
      return
    }
    self = try Self.decoded(JSONValue.parse(text), at: "")
  }

  /// Decodes a JSON object; absent members have their default values.
  ///
  /// - Throws: `invalidConfig` with the JSON pointer of the member: for an unknown member, a wrong type, or a
  ///   value out of range.
  public static func decoded(_ json: JSONValue, at pointer: String) throws -> Self {
    guard let members = json.members else {
      throw Failure.invalidConfig("\(json.kindName) stands where an object is expected", at: pointer)
    }
    var result = Self()
    let fields = Self.fields
    for member in members {
      let place = "\(pointer)/\(escaped(member.key))"
      guard let field = fields.first(where: { $0.name == member.key }) else {
        let phrase = Suggestion.phrase(for: member.key, among: fields.map(\.name))
        throw Failure.invalidConfig("\"\(member.key)\" is not a key here\(phrase)", at: place)
      }
      try field.decode(&result, member.value, place)
    }
    try result.validate(at: pointer)
    return result
  }

  public var encoded: JSONValue {
    .object(Self.fields.map { .init($0.name, $0.encode(self)) })
  }

  /// The JSON Schema (draft 2020-12) of the object, with the defaults.
  public static var schema: JSONValue {
    let defaults = Self()
    let properties = fields.map { field -> JSONValue.Member in
      var members = field.makeSchema().members ?? []
      members.append(.init("default", field.encode(defaults)))
      return .init(field.name, .object(members))
    }
    return [
      "type": "object", "description": .string(summary), "additionalProperties": false,
      "properties": .object(properties),
    ]
  }
}

extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member($0.0, $0.1) })
  }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}

/// A key in the form of a JSON pointer (RFC 6901, section 3).
func escaped(_ key: String) -> String {
  var result = ""
  for character in key {
    switch character {
    case "~": result += "~0"
    case "/": result += "~1"
    default: result.append(character)
    }
  }
  return result
}
