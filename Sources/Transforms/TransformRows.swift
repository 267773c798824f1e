import Datasets
import Platform

/// The rows that steps change, with what their columns mean: labels as classes, groups by attribute, weights.
///
/// A step changes rows only through the methods below, which keep the dataset, classes, groups, weights and the record
/// of changes in agreement.
public struct TransformRows {
  public private(set) var dataset: Dataset
  /// nil: the rows have no label, or one that is an amount.
  public private(set) var labels: ClassCodes?
  public private(set) var attributes: [GroupCodes]
  /// nil: all are 1.
  public private(set) var weights: Buffer<Double>?
  /// The number of each row among the first ones; -1 for a synthetic row; nil: row i is row i.
  private(set) var origins: [Int]?
  /// The columns that steps read and change unless they name others.
  public private(set) var inputs: [String]
  let roles: Roles
  /// What changed since the record was last taken.
  var changes = RowChanges()
  private var weightsAreNew = false

  /// The columns with a meaning of their own, which no step changes as an input.
  public struct Roles {
    public var label: String?
    public var sensitive: [String]
    /// Where weights are, or are written.
    public var weight: String

    public init(label: String?, sensitive: [String], weight: String) {
      self.label = label
      self.sensitive = sensitive
      self.weight = weight
    }
  }

  public init(
    _ dataset: Dataset, labels: ClassCodes?, attributes: [GroupCodes], weights: Buffer<Double>?,
    inputs: [String], roles: Roles
  ) {
    self.dataset = dataset
    self.labels = labels
    self.attributes = attributes
    self.weights = weights
    self.inputs = inputs
    self.roles = roles
  }

  public var count: Int { dataset.rows }

  /// The number of a row among the first ones, -1 for a synthetic one.
  func origin(_ row: Int) -> Int { origins.map { $0[row] } ?? row }

  func weight(_ row: Int) -> Double { weights?.pointer[row] ?? 1 }

  /// The groups by some attributes together; empty: by all.
  ///
  /// - Parameter pointer: of the step; empty: the rows are not those that it learnt from.
  /// - Throws: `invalidConfig` at `pointer` for a name that is no attribute, or where there is none.
  func groups(_ names: [String], at pointer: String) throws -> GroupCodes {
    guard !pointer.isEmpty else { return try knownGroups(names) }
    guard !attributes.isEmpty else {
      throw Failure.invalidConfig(
        "the step needs groups, and \"sensitive\" of \"data\" names no column", at: pointer)
    }
    let chosen =
      try names.isEmpty
      ? attributes
      : names.enumerated().map { index, name in
        guard let found = attributes.first(where: { $0.attribute == name }) else {
          throw Failure.invalidConfig(
            "\"\(name)\" is not among \"sensitive\""
              + Suggestion.phrase(for: name, among: attributes.map(\.attribute)),
            at: "\(pointer)/attributes/\(index)")
        }
        return found
      }
    return try .intersection(chosen)
  }

  /// The groups of other rows by attributes that training rows had.
  private func knownGroups(_ names: [String]) throws -> GroupCodes {
    guard !names.isEmpty else {
      throw Failure.invalidData("a step that treats rows by their groups names no attribute")
    }
    return try .intersection(
      names.map { name in
        guard let found = attributes.first(where: { $0.attribute == name }) else {
          throw Failure.invalidColumn(name, "is not there; a step treats rows by its groups")
        }
        return found
      })
  }

  /// The names of the attributes that a step names, or of all.
  func named(_ attributes: [String]) -> [String] {
    attributes.isEmpty ? self.attributes.map(\.attribute) : attributes
  }

  /// - Throws: `invalidConfig` at `pointer` where rows have no classes.
  func requiredLabels(at pointer: String) throws -> ClassCodes {
    guard let labels else {
      throw Failure.invalidConfig(
        roles.label == nil
          ? "the step needs labels, and \"data\" names no \"label\""
          : "the step needs classes, and the label \"\(roles.label ?? "")\" is an amount", at: pointer)
    }
    return labels
  }

  /// The columns that a step works on: those named, or all inputs.
  ///
  /// - Throws: `invalidConfig` for one that is not there, or has a meaning of its own.
  func columns(_ names: [String], at pointer: String) throws -> [Column] {
    try (names.isEmpty ? inputs : names).enumerated().map { index, name in
      let place = names.isEmpty ? pointer : "\(pointer)/columns/\(index)"
      guard dataset.contains(name) else {
        throw Failure.invalidConfig(
          "\"\(name)\" is not a column\(Suggestion.phrase(for: name, among: dataset.names))", at: place)
      }
      if !names.isEmpty, let role = role(of: name), !inputs.contains(name) {
        throw Failure.invalidConfig("\"\(name)\" is the \(role); a step changes inputs only", at: place)
      }
      return try dataset.column(name)
    }
  }

  private func role(of name: String) -> String? {
    name == roles.label
      ? "label" : name == roles.weight ? "weight" : roles.sensitive.contains(name) ? "sensitive column" : nil
  }

  // MARK: Changes

  /// Keeps some of the rows, ascending; the others are dropped.
  mutating func keep(_ rows: [Int]) throws {
    guard rows.count < count else { return }
    var next = 0
    for row in rows {
      for dropped in next..<row { changes.dropped.add(origin(dropped)) }
      next = row + 1
    }
    for dropped in next..<count { changes.dropped.add(origin(dropped)) }
    try take(rows)
  }

  /// Adds copies of rows behind the others.
  mutating func repeatRows(_ rows: [Int]) throws {
    guard !rows.isEmpty else { return }
    for row in rows { changes.copied.add(origin(row)) }
    try Memory.requireRoom(forRows: count + rows.count, for: "copies of rows")
    try take(Array(0..<count) + rows)
  }

  private mutating func take(_ rows: [Int]) throws {
    try Memory.requireRoom(forRows: rows.count, for: "rows of a transform")
    origins = rows.map(origin)
    dataset = try dataset.selecting(rows: rows)
    labels = try labels?.selecting(rows: rows)
    attributes = try attributes.map { try $0.selecting(rows: rows) }
    weights = try weights?.selecting(rows: rows)
  }

  /// Adds synthetic rows behind the others.
  ///
  /// - Parameters:
  ///   - bases: for each new row one that is there, whose label, groups, weight and other columns it takes.
  ///   - columns: the values of the new rows in the columns that differ, of the types that these have.
  ///   - groups: the new rows' groups by attributes in which they are not those of their bases.
  mutating func append(like bases: [Int], columns: [Column], groups: [String: [Int32]] = [:]) throws {
    guard !bases.isEmpty else { return }
    try Memory.requireRoom(forRows: count + bases.count, for: "synthetic rows")
    let before = count
    let others = Dictionary(columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var added: [Column] = []
    for column in dataset.columns {
      added.append(try others[column.name] ?? column.selecting(rows: bases))
    }
    origins = (origins ?? Array(0..<before)) + [Int](repeating: -1, count: bases.count)
    let all = Array(0..<before) + bases
    dataset = try Dataset.concatenating([dataset, Dataset(added)])
    labels = try labels?.selecting(rows: all)
    attributes = try attributes.map { attribute in
      let whole = try attribute.selecting(rows: all)
      guard let others = groups[attribute.attribute] else { return whole }
      for (place, code) in others.enumerated() { whole.codes.pointer[before + place] = code }
      return whole
    }
    weights = try weights?.selecting(rows: all)
    changes.synthetic += bases.count
  }

  /// Gives rows other labels.
  mutating func relabel(_ changed: [(row: Int, label: Int32)]) throws {
    for change in changed { changes.relabelled.add(origin(change.row)) }
    try write(classes: changed)
  }

  private mutating func write(classes changed: [(row: Int, label: Int32)]) throws {
    guard let labels, let name = roles.label else { return }
    // The value of a class is that of the first row that has it.
    var example = [Int](repeating: -1, count: labels.names.count)
    for row in 0..<labels.codes.count where example[Int(labels.codes.pointer[row])] < 0 {
      example[Int(labels.codes.pointer[row])] = row
    }
    let codes = try Buffer<Int32>(count: count, for: "labels")
    codes.pointer.update(from: labels.codes.pointer, count: count)
    var source = Array(0..<count)
    for change in changed {
      codes.pointer[change.row] = change.label
      source[change.row] = max(0, example[Int(change.label)])
    }
    self.labels = ClassCodes(names: labels.names, codes: codes)
    try put([dataset.column(name).selecting(rows: source)])
  }

  /// Gives rows other weights.
  mutating func weigh(_ weights: Buffer<Double>) {
    self.weights = weights
    weightsAreNew = true
    changes.weights = true
  }

  /// Puts columns in the place of those of the same names.
  mutating func replace(_ columns: [Column]) throws {
    try put(columns)
    for column in columns where !changes.columns.contains(column.name) { changes.columns.append(column.name) }
  }

  private mutating func put(_ columns: [Column]) throws {
    let others = Dictionary(columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    dataset = try Dataset(dataset.columns.map { others[$0.name] ?? $0 })
  }

  /// Leaves out inputs.
  mutating func remove(columns names: [String]) throws {
    guard !names.isEmpty else { return }
    dataset = try Dataset(dataset.columns.filter { !names.contains($0.name) })
    inputs.removeAll { names.contains($0) }
    changes.removed += names
  }

  /// Adds inputs behind the other columns.
  mutating func add(columns: [Column]) throws {
    let whole = try dataset.selecting(columns: dataset.names)
    for column in columns { try whole.add(column) }
    dataset = whole
    inputs += columns.map(\.name)
    changes.addedColumns += columns.map(\.name)
  }

  /// The dataset with the weights in their column.
  ///
  /// - Throws: `invalidArgument`, `outOfMemory`.
  public func finished() throws -> Dataset {
    guard weightsAreNew, let weights else { return dataset }
    let column = try Column(name: roles.weight, values: .float64(weights))
    if dataset.contains(roles.weight) {
      return try Dataset(dataset.columns.map { $0.name == roles.weight ? column : $0 })
    }
    let whole = try dataset.selecting(columns: dataset.names)
    try whole.add(column)
    return whole
  }

  /// Whether weights were learnt, so that `finished` has a column of them.
  public var hasNewWeights: Bool { weightsAreNew }
}
