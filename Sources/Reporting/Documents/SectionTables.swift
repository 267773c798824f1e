import Platform

extension Document {
  /// Any section of a report as sentences and tables: its texts as paragraphs, its numbers as a table, each
  /// array of objects as a separate table. Nested objects become columns.
  mutating func addSection(_ section: JSONValue, named name: String, depth: Int = 0) {
    guard depth < 5 else { return }
    if let rows = section.array {
      addRows(rows, named: name, depth: depth)
      return
    }
    var scalars: [[String]] = []
    var nested: [JSONValue.Member] = []
    for member in section.members ?? [] {
      switch member.value {
      case .object, .array:
        if let words = Self.shortText(member.value) {
          scalars.append([member.key.spaced, words])
        } else {
          nested.append(member)
        }
      case .string(let text) where text.contains(" ") && text.count > 40: add(.paragraph(text))
      default: scalars.append([member.key.spaced, Self.word(member.value)])
      }
    }
    add(Table(caption: name.capitalizedFirst, head: ["what", "value"], rows: scalars))
    for member in nested {
      addSection(member.value, named: "\(name): \(member.key.spaced)", depth: depth + 1)
    }
  }

  private mutating func addRows(_ rows: [JSONValue], named name: String, depth: Int) {
    var head: [String] = []
    var table: [[String: String]] = []
    var nested: [(String, JSONValue)] = []
    for (index, row) in rows.enumerated() {
      var cells: [String: String] = [:]
      func put(_ key: String, _ value: JSONValue, _ level: Int) {
        if let inner = value.members, level < 2 {
          for member in inner { put("\(key) \(member.key.spaced)", member.value, level + 1) }
        } else if let words = Self.shortText(value) {
          if !head.contains(key), head.count < 12 { head.append(key) }
          cells[key] = words
        } else if value.array != nil, nested.count < 20 {
          let label =
            row["attribute"]?.string ?? row["attributes"]?.string ?? row["column"]?.string
            ?? String(index + 1)
          nested.append(("\(name), \(label): \(key)", value))
        }
      }
      for member in row.members ?? [] {
        // The columns of metrics are the metrics' titles, without the word "metrics".
        if member.key == "metrics" {
          for metric in member.value.members ?? [] { put(words.title(metric.key), metric.value, 1) }
        } else {
          put(member.key.spaced, member.value, 0)
        }
      }
      if row.members == nil, let words = Self.shortText(row) { put("value", .string(words), 0) }
      if !cells.isEmpty { table.append(cells) }
    }
    add(
      Table(
        caption: name.capitalizedFirst, head: head, rows: table.map { cells in head.map { cells[$0] ?? "" } })
    )
    for (title, value) in nested { addSection(value, named: title, depth: depth + 1) }
  }

  /// The text of a scalar, or of a short array of scalars.
  private static func shortText(_ value: JSONValue) -> String? {
    if let elements = value.array {
      guard elements.count <= 4, !elements.isEmpty else { return elements.isEmpty ? "none" : nil }
      guard elements.allSatisfy({ $0.array == nil && $0.members == nil }) else { return nil }
      return elements.map(word).joined(separator: ", ")
    }
    return value.members == nil ? word(value) : nil
  }

  private static func word(_ value: JSONValue) -> String {
    switch value {
    case .null: "no value"
    case .bool(let flag): flag ? "yes" : "no"
    case .integer(let number): NumberText.count(Int(number))
    case .number(let number): NumberText.plain(number)
    case .string(let text): text
    case .array, .object: ""
    }
  }
}
