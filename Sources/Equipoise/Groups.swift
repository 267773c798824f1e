import Datasets
import Fairness
import Platform

/// The groups of a sensitive attribute: their names, and each row's place among them.
struct Groups {
  let names: [String]
  /// -1 where the value is missing.
  let codes: Buffer<Int32>

  init(_ dataset: Dataset, _ sensitive: SensitiveColumn) throws {
    let column = try dataset.column(sensitive.name)
    guard let bins = sensitive.bins else {
      let categories = try column.categories()
      names = categories.names
      codes = categories.codes
      guard names.count <= 100_000 else {
        throw Failure.invalidData(
          "has \(names.count) different values; cut numbers into groups with {\"name\": \"\(sensitive.name)\", "
            + "\"bins\": [...]}", at: "column \"\(sensitive.name)\"")
      }
      return
    }
    let numbers = try column.numbers()
    func text(_ edge: Double) -> String { Int(exactly: edge).map(String.init) ?? String(edge) }
    names =
      ["<\(text(bins[0]))"] + zip(bins, bins.dropFirst()).map { "\(text($0))-\(text($1))" }
      + [">=\(text(bins[bins.count - 1]))"]
    codes = try Buffer<Int32>(count: dataset.rows, for: "groups")
    for row in 0..<dataset.rows {
      let value = Double(numbers.pointer[row])
      codes.pointer[row] = value.isNaN ? -1 : Int32(bins.prefix { $0 <= value }.count)
    }
  }

  func grouping(named name: String) -> Grouping {
    Grouping(attribute: name, groupNames: names, codes: CodeColumn(codes))
  }
}

/// The attributes of a dataset that a configuration names as sensitive, read once.
struct SensitiveAttributes {
  private let columns: [SensitiveColumn]
  private let groups: [String: Groups]

  init(_ dataset: Dataset, _ columns: [SensitiveColumn]) throws {
    self.columns = columns
    var groups: [String: Groups] = [:]
    for column in columns { groups[column.name] = try Groups(dataset, column) }
    self.groups = groups
  }

  /// - Throws: `invalidConfig` when the attribute is not among the sensitive ones.
  func groups(of name: String, at pointer: String) throws -> Groups {
    guard let found = groups[name] else {
      throw Failure.invalidConfig(
        "\"\(name)\" is not among \"sensitive\"\(Suggestion.phrase(for: name, among: columns.map(\.name)))",
        at: pointer)
    }
    return found
  }

  /// The grouping of an audit by one attribute or an intersection.
  func grouping(_ reference: AttributeReference, at pointer: String) throws -> Grouping {
    .intersection(
      try reference.names.map { try groups(of: $0, at: pointer).grouping(named: $0) })
  }

  /// Every attribute alone.
  var each: [AttributeReference] { columns.map { AttributeReference([$0.name]) } }

  /// A dense code for every row by one attribute or an intersection, missing values being a group of
  /// their own, for training; and the groups' names.
  func dense(_ reference: AttributeReference, rows: Int, at pointer: String) throws -> (codes: Buffer<Int32>, names: [String]) {
    let parts = try reference.names.map { try groups(of: $0, at: pointer) }
    var places: [[Int32]: Int32] = [:]
    var names: [String] = []
    let codes = try Buffer<Int32>(count: rows, for: "groups")
    // Few combinations, many rows: a table from combined code to place, filled as they are met.
    for row in 0..<rows {
      let key = parts.map { $0.codes.elements[row] }
      if let place = places[key] {
        codes.pointer[row] = place
      } else {
        let place = Int32(clamping: names.count)
        places[key] = place
        codes.pointer[row] = place
        names.append(
          zip(parts, key).map { $1 < 0 ? SensitiveAttribute.missingGroup : $0.names[Int($1)] }.joined(separator: ","))
      }
    }
    return (codes, names)
  }
}
