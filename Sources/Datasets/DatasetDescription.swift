import Platform

extension Dataset {
  /// Describes the dataset: `rows`, and for each column its name, type, and numbers of missing and distinct
  /// values; for numbers the minimum, maximum and mean; for text the 50 most frequent values with their
  /// counts.
  public func describe() -> JSONValue {
    ["rows": .integer(rows), "columns": .array(columns.map { $0.describe() })]
  }
}

extension Column {
  func describe() -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("name", .string(name)), .init("type", .string(values.typeName)),
      .init("missing", .integer(missingCount)),
    ]
    if case .tensor(_, let shape) = values {
      members.append(.init("shape", .array(shape.map { .integer($0) })))
      return .object(members)
    }
    // This fails only if memory is exhausted; the members are then left out.
    guard let categories = try? categories() else { return .object(members) }
    members.append(.init("distinct", .integer(categories.names.count)))
    if isNumeric, let numbers = try? doubles() {
      var (least, greatest, sum, count) = (Double.infinity, -Double.infinity, 0.0, 0)
      for row in 0..<rows {
        let number = numbers.pointer[row]
        if number.isNaN { continue }
        least = min(least, number)
        greatest = max(greatest, number)
        sum += number
        count += 1
      }
      if count > 0 {
        let exact = integerRange
        members += [
          .init("min", exact.map { .integer($0.lowerBound) } ?? Self.number(least)),
          .init("max", exact.map { .integer($0.upperBound) } ?? Self.number(greatest)),
          .init("mean", .finite(sum / Double(count))),
        ]
      }
    } else {
      members.append(.init("values", mostFrequent(categories, limit: 50)))
    }
    return .object(members)
  }

  /// The minimum and maximum of a column of integers, which doubles would round; nil for other columns.
  private var integerRange: ClosedRange<Int64>? {
    guard case .int64(let values) = values else { return nil }
    var range: (least: Int64, greatest: Int64)?
    for row in 0..<rows where !isMissing(row) {
      let value = values.pointer[row]
      range = (min(range?.least ?? value, value), max(range?.greatest ?? value, value))
    }
    return range.map { $0.least...$0.greatest }
  }

  private static func number(_ value: Double) -> JSONValue {
    Int64(exactly: value).map { .integer($0) } ?? .finite(value)
  }

  private func mostFrequent(_ categories: Categories, limit: Int) -> JSONValue {
    var counts = [Int](repeating: 0, count: categories.names.count)
    for code in categories.codes.elements where code >= 0 { counts[Int(code)] += 1 }
    let order = counts.indices.sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
    return .array(
      order.prefix(limit).map {
        ["value": .string(categories.names[$0]), "count": .integer(counts[$0])]
      })
  }
}
