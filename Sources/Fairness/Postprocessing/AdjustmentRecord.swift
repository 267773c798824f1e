import Platform

/// The JSON of an adjustment in a model's record, and what its members must fit. Every reading function throws
/// `invalidModel` with the name of a member that is absent or not valid.
struct AdjustmentRecord {
  let json: JSONValue
  /// The index of the attribute; nil: there is none.
  let attribute: Int?
  /// The number of groups of the attribute; 0 without one.
  let groupCount: Int
  /// The number of scores per row.
  let width: Int

  /// - Parameter groups: the number of groups of each attribute.
  init(_ json: JSONValue, groups: [Int], width: Int) throws {
    (self.json, self.width) = (json, width)
    let place = json["attribute"] ?? .null
    guard place == .null || place.int.map({ groups.indices.contains($0) }) == true else {
      throw Self.broken("attribute")
    }
    attribute = place.int
    groupCount = place.int.map { groups[$0] } ?? 0
  }

  static func broken(_ key: String) -> Failure {
    .invalidModel("an adjustment of its decision has no valid \"\(key)\"")
  }

  func broken(_ key: String) -> Failure { Self.broken(key) }

  /// - Parameters:
  ///   - hasAttribute: whether the change needs an attribute, or must have none; nil: it may have one.
  func requireOneScore(hasAttribute: Bool? = nil) throws {
    guard width == 1 else { throw broken("method") }
    guard hasAttribute == nil || hasAttribute == (attribute != nil) else { throw broken("attribute") }
  }

  func seed() throws -> UInt64 {
    guard case .integer(let seed)? = json["seed"] else { throw broken("seed") }
    return UInt64(bitPattern: seed)
  }

  func finite(_ key: String) throws -> Double { try Self.finite(json[key], key) }
  func proportion(_ key: String) throws -> Double { try Self.proportion(json[key], key) }

  /// One element for each group; null stays nil.
  func groups<Value>(_ read: (JSONValue) throws -> Value, in key: String = "groups") throws -> [Value?] {
    try Self.list(json[key], key, groupCount).map { $0 == .null ? nil : try read($0) }
  }

  static func finite(_ json: JSONValue?, _ key: String) throws -> Double {
    guard let value = json?.double, value.isFinite else { throw broken(key) }
    return value
  }

  static func proportion(_ json: JSONValue?, _ key: String) throws -> Double {
    let value = try finite(json, key)
    guard (0...1).contains(value) else { throw broken(key) }
    return value
  }

  /// - Parameter count: the number of elements; nil: any number except 0.
  static func list(_ json: JSONValue?, _ key: String, _ count: Int?) throws -> [JSONValue] {
    guard let values = json?.array, count.map({ $0 == values.count }) ?? !values.isEmpty else {
      throw broken(key)
    }
    return values
  }

  static func numbers(_ json: JSONValue?, _ key: String, count: Int? = nil, ascending: Bool = false) throws
    -> [Double]
  {
    let values = try list(json, key, count).map { try finite($0, key) }
    guard !ascending || zip(values, values.dropFirst()).allSatisfy({ $0 <= $1 }) else { throw broken(key) }
    return values
  }
}

extension JSONValue {
  /// One element for each group; nil is null.
  static func groups<Value>(_ values: [Value?], _ write: (Value) -> JSONValue) -> JSONValue {
    .array(values.map { $0.map(write) ?? .null })
  }
}
