import CZlib
import Datasets
import Platform
import Testing

/// UCI Adult in the form that the reference models read.
enum AdultRows {
  /// The columns of the file, by number.
  static let columns = [
    "age": 0, "workclass": 1, "fnlwgt": 2, "education": 3, "education-num": 4, "marital-status": 5,
    "occupation": 6,
    "relationship": 7, "race": 8, "sex": 9, "capital-gain": 10, "capital-loss": 11, "hours-per-week": 12,
  ]

  /// The fields of every row.
  static func fields(_ name: String) throws -> [[Substring]] {
    try SharedData.lines("data/adult/\(name).gz").compactMap { line in
      let fields = line.split(separator: ",").map { $0.drop { $0 == " " } }
      return fields.count == 15 ? fields : nil
    }
  }

  static func label(_ fields: [Substring]) -> Int { fields[14].hasPrefix(">") ? 1 : 0 }

  /// The five numeric columns.
  static func numbers(_ name: String) throws -> [[Float]] {
    try fields(name).map { row in [0, 4, 10, 11, 12].map { Float(row[$0]) ?? .nan } }
  }

  /// All columns of the LightGBM model, categories by the codes that `reference` lists.
  static func coded(_ name: String, by reference: JSONValue) throws -> (
    rows: [[Float]], labels: [Int], sex: [String]
  ) {
    let names = (reference["columns"]?.array ?? []).compactMap(\.string)
    var codes: [String: [Substring: Float]] = [:]
    for member in reference["category_codes"]?.members ?? [] {
      for (code, category) in (member.value.array ?? []).enumerated() {
        codes[member.key, default: [:]][Substring(category.string ?? "")] = Float(code)
      }
    }
    let fields = try fields(name)
    let rows = try fields.map { row in
      try names.map { name -> Float in
        let field = row[try #require(columns[name])]
        return codes[name].map { $0[field] ?? -1 } ?? Float(field) ?? .nan
      }
    }
    return (rows, fields.map(label), fields.map { String($0[9]) })
  }

  /// The coded rows as a table, with the columns "income" and, as text, "gender".
  static func table(_ name: String, by reference: JSONValue) throws -> Dataset {
    let (rows, labels, sex) = try coded(name, by: reference)
    let names = (reference["columns"]?.array ?? []).compactMap(\.string)
    let dataset = try Dataset(rows: rows.count)
    for (place, name) in names.enumerated() {
      try dataset.add(Column(name: name, values: .float32(Buffer(copying: rows.map { $0[place] }))))
    }
    try dataset.add(Column(name: "income", values: .int64(Buffer(copying: labels.map { Int64($0) }))))
    try dataset.add(Column(name: "gender", texts: sex))
    return dataset
  }
}

extension SharedData {
  /// The lines of a text file, compressed or not, that are not empty.
  static func lines(_ name: String) throws -> [String] {
    guard let file = gzopen(path(name), "rb") else { throw Failure(.io, "no \(path(name))") }
    defer { gzclose(file) }
    var lines: [String] = []
    var line = [CChar](repeating: 0, count: 1 << 16)
    while gzgets(file, &line, Int32(line.count)) != nil {
      let text = String(cString: line)
      let trimmed = text.last?.isNewline == true ? String(text.dropLast()) : text
      if !trimmed.isEmpty { lines.append(trimmed) }
    }
    return lines
  }
}
