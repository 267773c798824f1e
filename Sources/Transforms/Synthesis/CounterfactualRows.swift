import Datasets
import Platform

/// Adds a copy of each row with its sensitive attribute switched to another value, together with the columns
/// that depend on it, and with the same label. A model trained on both learns that the attribute has no
/// effect (Kusner et al. 2017; Pitis, Creager and Garg 2020). Dependent columns of numbers get the value at
/// the same quantile of the other group; columns of texts follow a map.
public struct CounterfactualRows: TransformStep {
  var attribute: String?
  var follows: [FollowingColumn] = []
  var copies = Copies.one

  /// The number of counterfactual rows per row.
  enum Copies: String, ConfigChoice, Sendable {
    /// One, with a random other value.
    case one
    /// One for each other value.
    case all
  }

  public init() {}

  public static let name = "counterfactual_rows"
  public static let summary =
    "Adds copies of rows with another value of the sensitive attribute and of the columns that depend on "
    + "it."
  public static let fields: [ConfigField<CounterfactualRows>] = [
    ConfigField("attribute", \.attribute, "The sensitive attribute. Default: the first."),
    ConfigField("follows", \.follows, "The columns that change along with the attribute."),
    ConfigField(
      "copies", \.copies,
      "one: each row gets one counterfactual, with a randomly drawn value; all: one for each other "
        + "value."),
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let groups = try rows.groups(
      attribute.map { [$0] } ?? rows.attributes.prefix(1).map(\.attribute), at: work.pointer)
    let members = Strata(groups).rows
    let present = members.indices.filter { !members[$0].isEmpty }
    guard present.count > 1 else {
      throw work.invalid("attribute", "every row has the same value; there is no other")
    }
    var bases: [Int] = []
    var becomes: [Int32] = []
    for row in 0..<rows.count where groups.codes.pointer[row] >= 0 {
      let others = present.filter { $0 != Int(groups.codes.pointer[row]) }
      for group in copies == .all ? others : [others[work.random.below(others.count)]] {
        bases.append(row)
        becomes.append(Int32(group))
      }
    }
    var columns: [Column] = []
    let switched = try rows.dataset.contains(groups.attribute) ? rows.dataset.column(groups.attribute) : nil
    if let switched {
      // The value is copied from a row of the group.
      columns.append(
        try switched.isNumeric
          ? Self.moved(switched, bases, becomes, groups, members)
          : switched.selecting(rows: becomes.map { members[Int($0)][0] }))
    }
    for (index, follow) in follows.enumerated() {
      columns.append(
        try follow.changed(rows, bases, becomes, groups, members, at: "\(work.pointer)/follows/\(index)"))
    }
    try rows.append(like: bases, columns: columns, groups: [groups.attribute: becomes])
    return TrainingRowsOnly(["attribute": .string(groups.attribute), "added": .integer(bases.count)])
  }

  /// The numbers at the same quantile of the other group; if a group has a single number, that number.
  static func moved(
    _ column: Column, _ bases: [Int], _ becomes: [Int32], _ groups: GroupCodes, _ members: [[Int]]
  ) throws -> Column {
    let numbers = try column.doubles()
    let sorted = try members.map { rows in
      try rows.isEmpty ? nil : SortedNumbers(numbers.selecting(rows: rows), of: column.name)
    }
    let result = try Buffer<Double>(count: bases.count, for: "column \"\(column.name)\"")
    for (place, base) in bases.enumerated() {
      let value = numbers.pointer[base]
      guard let own = sorted[Int(groups.codes.pointer[base])], let other = sorted[Int(becomes[place])],
        !value.isNaN
      else {
        result.pointer[place] = value
        continue
      }
      let moved = other.quantile(own.share(of: value))
      if case .int64 = column.values {
        result.pointer[place] = moved.rounded()
      } else {
        result.pointer[place] = moved
      }
    }
    return try column.replacing(numbers: result, keepsIntegers: true)
  }
}

/// A column that depends on a sensitive attribute and changes with it.
struct FollowingColumn: Configuration {
  var column = ""
  var map = ConfigMap<String>()

  static let summary = "A column that changes along with the attribute."
  static let fields: [ConfigField<FollowingColumn>] = [
    ConfigField("column", \.column, "An input column."),
    ConfigField(
      "map", \.map,
      "For texts, the new value for each value, {\"wife\": \"husband\", \"husband\": \"wife\"}; others "
        + "stay unchanged. Numbers need no map."
    ),
  ]

  func changed(
    _ rows: TransformRows, _ bases: [Int], _ becomes: [Int32], _ groups: GroupCodes, _ members: [[Int]],
    at pointer: String
  ) throws -> Column {
    guard rows.inputs.contains(column) else {
      throw Failure.invalidConfig(
        "\"\(column)\" is not an input\(Suggestion.phrase(for: column, among: rows.inputs))",
        at: pointer + "/column")
    }
    let old = try rows.dataset.column(column)
    if map.entries.isEmpty, old.isNumeric {
      return try CounterfactualRows.moved(old, bases, becomes, groups, members)
    }
    guard !map.entries.isEmpty else {
      throw Failure.invalidConfig(
        "\"\(column)\" holds texts; a map says what they become", at: pointer + "/map")
    }
    let categories = try old.categories()
    var examples = [Int](repeating: -1, count: categories.names.count)
    for row in 0..<rows.count where categories.codes.pointer[row] >= 0 {
      examples[Int(categories.codes.pointer[row])] = row
    }
    let target = try categories.names.map { name -> Int? in
      guard let value = map[name] else { return nil }
      guard let place = categories.index(of: value) else {
        throw Failure.invalidConfig(
          "\"\(value)\" does not occur in the column\(Suggestion.phrase(for: value, among: Array(categories.names.prefix(60))))",
          at: "\(pointer)/map/\(name)")
      }
      return examples[place]
    }
    return try old.selecting(
      rows: bases.map { base in
        let code = Int(categories.codes.pointer[base])
        return code >= 0 ? target[code] ?? base : base
      })
  }
}

extension SortedNumbers {
  /// The share of the values below a value; ties count half.
  func share(of value: Double) -> Double {
    guard values.count > 1 else { return 0.5 }
    let below = values.partitioningIndex { $0 >= value }
    let upTo = values.partitioningIndex { $0 > value }
    let place = below < upTo ? Double(below + upTo - 1) / 2 : Double(below) - 0.5
    return min(max(place / Double(values.count - 1), 0), 1)
  }
}

extension Array {
  /// The first index from which on all elements satisfy the condition; no earlier element may satisfy it.
  fileprivate func partitioningIndex(_ fulfils: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if fulfils(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
