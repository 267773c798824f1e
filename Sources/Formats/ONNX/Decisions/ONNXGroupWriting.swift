import Platform

// The groups of rows in a file whose decision differs by group.
extension ONNXGraphWriting {
  /// The index of each row's group, (rows); the number of groups for other rows.
  ///
  /// - Throws: `unsupported` for columns that the file cannot read.
  mutating func writeGroups(_ attribute: ONNXAttribute) throws -> String {
    var sizes = 1
    for column in attribute.columns {
      let (product, overflow) = sizes.multipliedReportingOverflow(by: column.unknown + 1)
      guard !overflow, product <= 1 << 20 else {
        throw ONNXWriter.inexpressible("its groups have more combinations than a file tells apart")
      }
      sizes = product
    }
    var table = [Int](repeating: attribute.groups.count, count: sizes)
    for (group, codes) in attribute.groups.enumerated() {
      let place = zip(attribute.columns, codes).reduce(0) { $0 * ($1.0.unknown + 1) + $1.1 }
      if table.indices.contains(place) { table[place] = group }
    }
    var key: String?
    for column in attribute.columns {
      let codes = try writeCodes(of: column)
      guard let before = key else {
        key = codes
        continue
      }
      let scaled = add("Mul", [before, integer(column.unknown + 1)], like: "group_keys")
      key = add("Add", [scaled, codes], like: "group_keys")
    }
    guard let key else { throw Failure.internal("an attribute without columns") }
    let groups = add("Gather", [integers(table), key], like: "group")
    guard attribute.refusesUnknown else { return groups }
    // An index beyond the list is an error of the runtime.
    return add("Gather", [integers(Array(attribute.groups.indices)), groups], like: "known_group")
  }

  /// The groups of an attribute of the decision, written once; nil without an attribute.
  mutating func group(_ attribute: Int?) throws -> String? {
    guard let attribute, case .adjusted(let adjustments)? = decision,
      adjustments.attributes.indices.contains(attribute)
    else { return nil }
    if let known = groupNames[attribute] { return known }
    let name = try writeGroups(adjustments.attributes[attribute])
    groupNames[attribute] = name
    return name
  }

  func refusesUnknown(_ attribute: Int?) -> Bool {
    guard let attribute, case .adjusted(let adjustments)? = decision,
      adjustments.attributes.indices.contains(attribute)
    else { return false }
    return adjustments.attributes[attribute].refusesUnknown
  }

  /// The code of each row's value, (rows).
  private mutating func writeCodes(of column: ONNXAttribute.Column) throws -> String {
    let numbers = column.values.map { Int64($0) }
    let areIntegers =
      !numbers.isEmpty && zip(numbers, column.values).allSatisfy { $0.map(String.init) == $1 }
    let element =
      column.bins != nil || areIntegers && column.knowsMissing ? 11 : areIntegers ? 7 : 8
    let (input, type) = try decisionInput(column.name, element: element)
    if type == 8 {
      guard column.bins == nil else {
        throw ONNXWriter.inexpressible(
          "the file reads \"\(column.name)\" as text, and its groups are bins of numbers")
      }
      let keys = column.values + (column.knowsMissing ? [""] : [])
      let codes = add(
        "LabelEncoder", [input], like: "\(column.name)_group", domain: Self.lookups,
        [
          ("keys_strings", .texts(keys.isEmpty ? [""] : keys)),
          ("values_int64s", .integers(keys.isEmpty ? [column.unknown] : Array(keys.indices))),
          ("default_int64", .integer(column.unknown)),
        ])
      return reshape(codes, to: [])
    }
    return try writeNumberCodes(column, of: reshape(input, to: [1]))
  }

  // x (rows, 1) → codes (rows)
  private mutating func writeNumberCodes(_ column: ONNXAttribute.Column, of x: String) throws -> String {
    let wide = add("Cast", [x], like: "\(column.name)_wide", [("to", .integer(11))])
    let codes: String
    if let bins = column.bins {
      codes = countUp(add("GreaterOrEqual", [wide, doubles(bins)], like: "above_edges"))
    } else {
      let values = try column.values.map { text in
        guard let number = Double(text) else {
          throw ONNXWriter.inexpressible(
            "the file reads \"\(column.name)\" as numbers, and its groups are texts, such as \"\(text)\"")
        }
        return number
      }
      // At most one value is equal: unknown - (unknown - index).
      let equal = add("Equal", [wide, doubles(values)], like: "known_values")
      let flags = add("Cast", [equal], like: "known_flags", [("to", .integer(7))])
      let weights = integers(values.indices.map { column.unknown - $0 })
      let distance = add("MatMul", [flags, weights], like: "distance")
      codes = add("Sub", [integer(column.unknown), distance], like: "\(column.name)_codes")
    }
    let missing = reshape(add("IsNaN", [wide], like: "\(column.name)_missing"), to: [])
    return add(
      "Where", [missing, integer(column.knowsMissing ? column.valueCount : column.unknown), codes],
      like: "\(column.name)_group")
  }

  /// The number of true flags of each row: (rows, flags) → (rows).
  mutating func countUp(_ flags: String) -> String {
    let numbers = add("Cast", [flags], like: "\(flags)_flags", [("to", .integer(7))])
    return add("ReduceSum", [numbers, constant([1])], like: "\(flags)_count", [("keepdims", .integer(0))])
  }

  // MARK: Constants

  mutating func integers(_ values: [Int]) -> String { constant(values) }

  /// An integer without dimensions.
  mutating func integer(_ value: Int) -> String {
    let name = unique("integer")
    return add(
      "Constant", [], like: name, output: name,
      [("value", .tensor(ONNXMessage.tensor([value], dimensions: [], name: name)))])
  }

  mutating func floats(_ values: [Float]) -> String {
    let name = unique("numbers")
    return add(
      "Constant", [], like: name, output: name, [("value", .tensor(ONNXMessage.floats(values, name: name)))])
  }
}
