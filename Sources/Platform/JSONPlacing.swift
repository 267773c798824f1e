extension JSONValue {
  /// The document with another value at a JSON pointer. Objects on the way that are absent or null are created.
  ///
  /// - Throws: `invalidArgument` (location: "pointer") for an invalid pointer, for an element that an array does not
  ///   have, and for a member of a value that has none.
  public func placing(_ value: JSONValue, at pointer: String) throws -> JSONValue {
    try placing(value, at: Self.keys(of: pointer)[...], of: pointer)
  }

  private func placing(_ value: JSONValue, at keys: ArraySlice<String>, of pointer: String) throws
    -> JSONValue
  {
    guard let key = keys.first else { return value }
    let rest = keys.dropFirst()
    switch self {
    case .null: return try JSONValue.object([] as [Member]).placing(value, at: keys, of: pointer)
    case .object(var members):
      let place = members.firstIndex { $0.key == key }
      let old = place.map { members[$0].value } ?? .null
      let member = Member(key, try old.placing(value, at: rest, of: pointer))
      if let place { members[place] = member } else { members.append(member) }
      return .object(members)
    case .array(var elements):
      guard let index = Int(key), String(index) == key, elements.indices.contains(index) else {
        throw Failure.invalidArgument(
          "\"\(pointer)\": \"\(key)\" is not an element of an array of \(elements.count)", at: "pointer")
      }
      elements[index] = try elements[index].placing(value, at: rest, of: pointer)
      return .array(elements)
    case .bool, .integer, .number, .string:
      throw Failure.invalidArgument(
        "\"\(pointer)\": \"\(key)\" cannot be a member of \(kindName)", at: "pointer")
    }
  }
}
