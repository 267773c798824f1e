import Configurations
import Datasets
import Fairness
import Platform

/// The groups of a sensitive attribute: their names, and the index of each row's group.
package struct Groups {
  package let names: [String]
  private let compact: CompactCategories.Codes
  /// Whether the column has many different numbers, each of which is a group.
  private(set) var areNumbers = false
  /// With more distinct numbers than this, a note suggests bins.
  private static let manyNumbers = 20

  package init(_ dataset: Dataset, _ sensitive: SensitiveColumn) throws {
    let column = try dataset.column(sensitive.name)
    guard let bins = try sensitive.bins ?? Groups.edges(column, sensitive) else {
      let categories = try column.compactCategories()
      names = categories.names.map(SensitiveAttribute.groupName)
      compact = categories.codes
      areNumbers = column.isNumeric && names.count > Groups.manyNumbers
      guard names.count <= 100_000 else {
        throw Failure.invalidColumn(
          sensitive.name,
          "has \(names.count) different values; cut numbers into groups with {\"name\": \"\(sensitive.name)\", "
            + "\"bins\": [...]}")
      }
      return
    }
    let numbers = try column.doubles()
    names = Groups.names(ofBins: bins)
    let codes = try Buffer<Int32>(count: dataset.rows, for: "groups")
    for row in 0..<dataset.rows {
      let value = numbers.pointer[row]
      codes.pointer[row] = value.isNaN ? -1 : Int32(bins.prefix { $0 <= value }.count)
    }
    compact = .words(codes)
  }

  /// The names of the groups between ascending edges, below and above them.
  static func names(ofBins bins: [Double]) -> [String] {
    func text(_ edge: Double) -> String { Int(exactly: edge).map(String.init) ?? String(edge) }
    guard let first = bins.first, let last = bins.last else { return [] }
    return ["<\(text(first))"] + zip(bins, bins.dropFirst()).map { "\(text($0))-\(text($1))" }
      + [">=\(text(last))"]
  }

  /// The index of each row's group; -1 for a missing value.
  ///
  /// - Throws: `outOfMemory`.
  package var codes: Buffer<Int32> {
    get throws {
      switch compact {
      case .words(let codes): return codes
      case .bytes(let bytes):
        let codes = try Buffer<Int32>(count: bytes.count, for: "groups")
        for row in 0..<bytes.count { codes.pointer[row] = Int32(bytes.pointer[row]) }
        return codes
      }
    }
  }

  /// The edges between groups with about equal numbers of rows: the values at the shares 1/n, 2/n … of the
  /// sorted numbers. nil if the attribute is not divided by quantiles.
  ///
  /// - Throws: `invalidData` for a column that cannot be divided.
  package static func edges(_ column: Column, _ sensitive: SensitiveColumn) throws -> [Double]? {
    guard let groups = sensitive.quantiles else { return nil }
    let sorted = try column.doubles().array.filter { !$0.isNaN }.sorted()
    var edges: [Double] = []
    for group in 1..<max(2, groups) {
      let place = sorted.count * group / max(2, groups)
      guard sorted.indices.contains(place), let first = sorted.first, sorted[place] > edges.last ?? first
      else { continue }
      edges.append(sorted[place])
    }
    guard !edges.isEmpty else {
      guard let tie = sorted.first, let last = sorted.last, tie < last else {
        throw Failure.invalidColumn(sensitive.name, "has no two different numbers to cut at quantiles")
      }
      let ties = sorted.prefix { $0 == tie }.count
      throw Failure.invalidColumn(
        sensitive.name,
        "\(ties) of \(sorted.count) rows have the smallest number, \(tie), so that \(groups) quantiles give one group; "
          + "\"bins\" with an edge above it give more")
    }
    return edges
  }

  package func grouping(named name: String) -> Grouping {
    let codes: CodeColumn =
      switch compact {
      case .bytes(let bytes): CodeColumn(bytes)
      case .words(let words): CodeColumn(words)
      }
    return Grouping(attribute: name, groupNames: names, codes: codes)
  }
}

/// The sensitive attributes of a dataset, as configured; each is read once.
package struct SensitiveAttributes {
  private let columns: [SensitiveColumn]
  private let groups: [String: Groups]

  package init(_ dataset: Dataset, _ columns: [SensitiveColumn]) throws {
    self.columns = columns
    var groups: [String: Groups] = [:]
    for column in columns { groups[column.name] = try Groups(dataset, column) }
    self.groups = groups
  }

  /// - Throws: `invalidConfig` if the attribute is not one of the sensitive attributes.
  package func groups(of name: String, at pointer: String) throws -> Groups {
    guard let found = groups[name] else {
      throw Failure.invalidConfig(
        "\"\(name)\" is not among \"sensitive\"\(Suggestion.phrase(for: name, among: columns.map(\.name)))",
        at: pointer)
    }
    return found
  }

  /// The grouping for an audit by one attribute or an intersection.
  package func grouping(_ reference: AttributeReference, at pointer: String) throws -> Grouping {
    .intersection(
      try reference.names.map { try groups(of: $0, at: pointer).grouping(named: $0) })
  }

  /// A note for each numeric column in which every number is a group.
  package var notes: [String] {
    columns.compactMap { column in
      guard let groups = groups[column.name], groups.areNumbers else { return nil }
      return
        "\"\(column.name)\" has \(groups.names.count) groups, one for each number; \"bins\" or \"quantiles\" make fewer"
    }
  }

  /// Each attribute alone.
  package var each: [AttributeReference] { columns.map { AttributeReference([$0.name]) } }

  /// For training: a dense code for every row by one attribute or an intersection, and the groups' names.
  /// Missing values form a separate group.
  package func dense(_ reference: AttributeReference, rows: Int, at pointer: String) throws -> (
    codes: Buffer<Int32>, names: [String]
  ) {
    let parts = try reference.names.map { try groups(of: $0, at: pointer) }
    var combinations = 1
    for part in parts {
      let (product, overflow) = combinations.multipliedReportingOverflow(by: part.names.count + 1)
      guard !overflow, product <= 1 << 24 else {
        throw Failure.invalidConfig(
          "\(reference.label) has more combinations of groups than can be told apart", at: pointer)
      }
      combinations = product
    }
    // Combined code → index of the group, in the order of first occurrence.
    let places = try Buffer<Int32>(count: combinations, for: "groups")
    for key in 0..<combinations { places.pointer[key] = -1 }
    var met: [Int] = []
    let codes = try Buffer<Int32>(count: rows, for: "groups")
    let own = try parts.map { try $0.codes }
    for row in 0..<rows {
      var key = 0
      for (part, codes) in zip(parts, own) {
        key = key * (part.names.count + 1) + Int(codes.pointer[row]) + 1
      }
      if places.pointer[key] < 0 {
        places.pointer[key] = Int32(met.count)
        met.append(key)
      }
      codes.pointer[row] = places.pointer[key]
    }
    return (codes, met.map { name(of: $0, parts) })
  }

  private func name(of key: Int, _ parts: [Groups]) -> String {
    var key = key
    var names: [String] = []
    for part in parts.reversed() {
      let code = key % (part.names.count + 1) - 1
      names.append(part.names.indices.contains(code) ? part.names[code] : SensitiveAttribute.missingGroup)
      key /= part.names.count + 1
    }
    return names.count == 1 ? names[0] : NameList.joined(names.reversed())
  }
}

extension DataConfig {
  /// Replaces the quantiles of sensitive columns by their edges in these rows, so that other rows get the
  /// same bins.
  package func fixingQuantiles(in dataset: Dataset) throws -> DataConfig {
    var data = self
    for (index, column) in sensitive.enumerated()
    where column.quantiles != nil && dataset.contains(column.name) {
      data.sensitive[index].bins = try Groups.edges(dataset.column(column.name), column)
      data.sensitive[index].quantiles = nil
    }
    return data
  }
}
