import Platform

/// The group of each row by one sensitive attribute, or by an intersection of several.
public struct GroupCodes {
  /// The attributes' names, "sex" or "sex,race".
  public let attribute: String
  public let names: [String]
  /// The index of each row's group in `names`; -1 for a row in no group.
  public let codes: Buffer<Int32>

  /// - Parameter codes: -1, or indices into `names`.
  public init(attribute: String, names: [String], codes: Buffer<Int32>) {
    self.attribute = attribute
    self.names = names
    self.codes = codes
  }

  /// The groups of the given rows, in the given order.
  func selecting(rows: [Int]) throws -> GroupCodes {
    GroupCodes(attribute: attribute, names: names, codes: try codes.selecting(rows: rows))
  }

  /// The intersection of several attributes: the combinations that occur, in the order of the attributes'
  /// groups. A row without a group in one attribute has none in the intersection.
  ///
  /// - Throws: `unsupported` for more than 2²⁴ combinations; `outOfMemory`.
  static func intersection(_ parts: [GroupCodes]) throws -> GroupCodes {
    guard let first = parts.first, parts.count > 1 else {
      return try parts.first ?? GroupCodes(attribute: "", names: [], codes: Buffer(count: 0))
    }
    var combinations = 1
    for part in parts {
      let (product, overflow) = combinations.multipliedReportingOverflow(by: max(1, part.names.count))
      guard !overflow, product <= 1 << 24 else {
        throw Failure.unsupported("the attributes have more combinations of groups than can be told apart")
      }
      combinations = product
    }
    let rows = first.codes.count
    let codes = try Buffer<Int32>(count: rows, for: "groups")
    var occurs = [Bool](repeating: false, count: combinations)
    for row in 0..<rows {
      var key = 0
      for part in parts {
        let code = Int(part.codes.pointer[row])
        key = code < 0 || key < 0 ? -1 : key * part.names.count + code
      }
      codes.pointer[row] = Int32(key)
      if key >= 0 { occurs[key] = true }
    }
    var places = [Int32](repeating: -1, count: combinations)
    var names: [String] = []
    for key in 0..<combinations where occurs[key] {
      places[key] = Int32(names.count)
      var (rest, own) = (key, [String]())
      for part in parts.reversed() {
        own.append(part.names[rest % part.names.count])
        rest /= part.names.count
      }
      names.append(NameList.joined(own.reversed()))
    }
    for row in 0..<rows where codes.pointer[row] >= 0 { codes.pointer[row] = places[Int(codes.pointer[row])] }
    return GroupCodes(attribute: NameList.joined(parts.map(\.attribute)), names: names, codes: codes)
  }
}

extension Buffer {
  /// The elements in the given order; each index in 0..<count.
  func selecting(rows: [Int]) throws -> Buffer<Element> {
    let result = try Buffer<Element>(count: rows.count, for: "rows")
    for (place, row) in rows.enumerated() { result.pointer[place] = pointer[row] }
    return result
  }
}
