import Platform

/// The names of categories in a file (since XGBoost 3.1): for each feature, texts as bytes with offsets, or
/// integers.
enum XGBoostCategories {
  /// The type number of 64-bit integers in files; XGBoost's numbering of Arrow's types.
  private static let integers = 15

  /// - Returns: one list per feature; empty if the file has no names.
  /// - Throws: `invalidModel` at the JSON pointer.
  static func read(_ json: JSONValue?, features: Int, at pointer: String) throws -> [[JSONValue]] {
    guard let lists = json?["enc"]?.array, !lists.isEmpty else { return [] }
    guard lists.count == features else {
      throw Failure.invalidModel("has \(lists.count) lists for \(features) features", at: "\(pointer)/enc")
    }
    return try lists.enumerated().map { index, list in
      let place = "\(pointer)/enc/\(index)"
      guard let values = list["values"]?.array else {
        throw Failure.invalidModel("has no values", at: place)
      }
      guard let offsets = list["offsets"]?.array else { return values }
      return try texts(values, offsets, at: place).map { .string($0) }
    }
  }

  private static func texts(_ values: [JSONValue], _ offsets: [JSONValue], at place: String) throws
    -> [String]
  {
    // Bytes are written as signed numbers.
    let bytes = values.compactMap { value in
      value.int.flatMap { UInt8(exactly: $0) ?? Int8(exactly: $0).map { UInt8(bitPattern: $0) } }
    }
    let starts = offsets.compactMap(\.int)
    guard bytes.count == values.count, starts.count == offsets.count, starts.first ?? 0 == 0,
      starts.last ?? 0 == bytes.count, zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 })
    else { throw Failure.invalidModel("its offsets do not fit its bytes", at: place) }
    return try zip(starts, starts.dropFirst()).map { start, end in
      guard let text = String(validating: bytes[start..<end], as: UTF8.self) else {
        throw Failure.invalidModel("a category's name is not UTF-8", at: place)
      }
      return text
    }
  }

  /// The names in the form of a file; nil if there are none, or XGBoost cannot represent them.
  static func json(_ names: [[JSONValue]], features: Int) -> JSONValue? {
    guard names.count == features, names.contains(where: { !$0.isEmpty }) else { return nil }
    var (lists, segments, order): ([JSONValue], [JSONValue], [JSONValue]) = ([], [0], [])
    for own in names {
      let integers = own.compactMap(\.integerValue)
      let texts = own.compactMap(\.string)
      if texts.count == own.count {
        var offsets = own.isEmpty ? [] : [JSONValue.integer(0)]
        var bytes: [JSONValue] = []
        for text in texts {
          bytes += text.utf8.map { .integer(Int(Int8(bitPattern: $0))) }
          offsets.append(.integer(bytes.count))
        }
        lists.append(["offsets": .array(offsets), "values": .array(bytes)])
        order += sorted(texts)
      } else if integers.count == own.count {
        lists.append(["type": .integer(Self.integers), "values": .array(own)])
        order += sorted(integers)
      } else {
        return nil
      }
      segments.append(.integer(order.count))
    }
    return ["enc": .array(lists), "feature_segments": .array(segments), "sorted_idx": .array(order)]
  }

  private static func sorted<Element: Comparable>(_ names: [Element]) -> [JSONValue] {
    names.indices.sorted { names[$0] < names[$1] }.map { .integer($0) }
  }
}

extension JSONValue {
  fileprivate var integerValue: Int64? { if case .integer(let value) = self { value } else { nil } }
}
