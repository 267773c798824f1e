import Datasets
import Platform

/// The rows that steps change, and the meaning of their columns: labels as classes, groups by attribute,
/// weights.
///
/// A step changes rows only through the methods below, which keep the dataset, classes, groups, weights and
/// the record of changes consistent.
public struct TransformRows {
  public private(set) var dataset: Dataset
  /// nil: the rows have no labels, or numeric ones.
  public private(set) var labels: ClassCodes?
  /// The groups of each sensitive attribute.
  public private(set) var attributes: [GroupCodes]
  /// nil: all are 1.
  public private(set) var weights: Buffer<Double>?
  /// The index of each row in the original rows; -1 for a synthetic row; nil: row i is row i.
  private(set) var origins: [Int]?
  /// The columns that steps read and change by default.
  public private(set) var inputs: [String]
  let roles: Roles
  /// The changes since the record was last taken.
  var changes = RowChanges()
  private var weightsAreNew = false

  /// The columns with a special meaning, which no step changes as an input.
  public struct Roles {
    public var label: String?
    public var sensitive: [String]
    /// The column of weights, or the column to which they are written.
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

  /// The index of a row in the original rows; -1 for a synthetic row.
  func origin(_ row: Int) -> Int { origins.map { $0[row] } ?? row }

  func weight(_ row: Int) -> Double { weights?.pointer[row] ?? 1 }

  /// The groups by the intersection of some attributes; empty: of all.
  ///
  /// - Parameter pointer: the JSON pointer of the step; empty if the rows are not those to which it is
  ///   fitted.
  /// - Throws: `invalidConfig` at `pointer` for an unknown attribute, or if there are no attributes.
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

  /// The groups of other rows by attributes of the training rows.
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

  /// The attributes that a step names, or all.
  func named(_ attributes: [String]) -> [String] {
    attributes.isEmpty ? self.attributes.map(\.attribute) : attributes
  }

  /// - Throws: `invalidConfig` at `pointer` if the rows have no classes.
  func requiredLabels(at pointer: String) throws -> ClassCodes {
    guard let labels else {
      throw Failure.invalidConfig(
        roles.label == nil
          ? "the step needs labels, and \"data\" names no \"label\""
          : "the step needs classes, and the label \"\(roles.label ?? "")\" is an amount", at: pointer)
    }
    return labels
  }

  /// The columns on which a step works: those that it names, or all inputs.
  ///
  /// - Throws: `invalidConfig` for a column that is unknown or has a special meaning.
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

  /// Keeps the given rows, in ascending order, and drops the others.
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

  /// Appends copies of rows.
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

  /// Appends synthetic rows.
  ///
  /// - Parameters:
  ///   - bases: for each new row, an existing row from which label, groups, weight and other columns are
  ///     copied.
  ///   - columns: the values of the new rows in the columns that differ, of the same types.
  ///   - groups: the groups of the new rows by the attributes in which they differ from their bases.
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
    dataset = try Self.joined(dataset, added)
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

  /// The rows of a dataset, followed by rows with the same columns; one column after another on each worker.
  private static func joined(_ dataset: Dataset, _ added: [Column]) throws -> Dataset {
    var whole = [Column?](repeating: nil, count: added.count)
    let failures = FirstFailure()
    whole.withUnsafeMutableBufferPointer { whole in
      let whole = whole
      WorkerPool.run(shards: added.count) { index in
        failures.catching {
          let parts = try [Dataset([dataset.columns[index]]), Dataset([added[index]])]
          whole[index] = try Dataset.concatenating(parts).columns.first
        }
      }
    }
    try failures.rethrow()
    return try Dataset(whole.compactMap { $0 })
  }

  /// Changes the labels of rows.
  mutating func relabel(_ changed: [(row: Int, label: Int32)]) throws {
    for change in changed { changes.relabelled.add(origin(change.row)) }
    try write(classes: changed)
  }

  private mutating func write(classes changed: [(row: Int, label: Int32)]) throws {
    guard let labels, let name = roles.label else { return }
    // The value of a class is copied from the first row that has it.
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

  /// Replaces the weights of all rows.
  mutating func weigh(_ weights: Buffer<Double>) {
    self.weights = weights
    weightsAreNew = true
    changes.weights = true
  }

  /// Replaces columns by columns with the same names.
  mutating func replace(_ columns: [Column]) throws {
    try put(columns)
    for column in columns where !changes.columns.contains(column.name) { changes.columns.append(column.name) }
  }

  private mutating func put(_ columns: [Column]) throws {
    let others = Dictionary(columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    dataset = try Dataset(dataset.columns.map { others[$0.name] ?? $0 })
  }

  /// Removes inputs.
  mutating func remove(columns names: [String]) throws {
    guard !names.isEmpty else { return }
    dataset = try Dataset(dataset.columns.filter { !names.contains($0.name) })
    inputs.removeAll { names.contains($0) }
    changes.removed += names
  }

  /// Appends inputs after the other columns.
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

  /// Whether a step computed weights, so that `finished` has a column for them.
  public var hasNewWeights: Bool { weightsAreNew }
}
