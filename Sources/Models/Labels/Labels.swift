import Configurations
import Datasets
import Fairness
import Platform
import TableKernels

/// The labels of a dataset as numbers: the class or the value of each row.
package final class Labels {
  package let task: Fairness.Task
  /// The names of the classes, in their order; empty in a regression.
  package let classes: [String]
  package let rows: Int
  /// The values and the classes that they mean; nil for regressions and words.
  private(set) var vocabulary: LabelVocabulary?
  /// Notes on values that differ from the name of their class, one sentence each.
  package private(set) var readings: [String] = []
  /// The name of the column; nil for words.
  private var column: String?
  private let storage: Storage
  private var floats: Buffer<Float>?

  /// Classes are stored compactly, as audits read them; floats for training are computed on request.
  package enum Storage {
    case classes(Buffer<UInt8>)
    case wideClasses(Buffer<Int32>)
    case numbers(Buffer<Double>)
  }

  /// The class, 0, 1, …, or the value, of each row.
  package func values() throws -> Buffer<Float> {
    if let floats { return floats }
    let result: Buffer<Float>
    switch storage {
    case .numbers(let numbers):
      result = try Buffer<Float>(count: rows, for: "labels")
      for row in 0..<rows { result.pointer[row] = Float(numbers.pointer[row]) }
    case .classes(let codes):
      result = try Buffer<Float>(count: rows, for: "labels")
      for row in 0..<rows { result.pointer[row] = Float(codes.pointer[row]) }
    case .wideClasses(let codes):
      result = try Buffer<Float>(count: rows, for: "labels")
      for row in 0..<rows { result.pointer[row] = Float(codes.pointer[row]) }
    }
    floats = result
    return result
  }

  /// The same values in double precision.
  package func doubles() throws -> Buffer<Double> {
    if case .numbers(let numbers) = storage { return numbers }
    let values = try values()
    let result = try Buffer<Double>(count: rows, for: "labels")
    for row in 0..<rows { result.pointer[row] = Double(values.pointer[row]) }
    return result
  }

  /// The classes in the form that audits read.
  ///
  /// - Throws: `internal` for a regression.
  package func codes() throws -> CodeColumn {
    switch storage {
    case .classes(let codes): CodeColumn(codes)
    case .wideClasses(let codes): CodeColumn(codes)
    case .numbers: throw Failure.internal("classes of a regression")
    }
  }

  /// The class of each row as an integer.
  ///
  /// - Throws: `internal` for a regression.
  package func classNumbers() throws -> Buffer<Int32> {
    switch storage {
    case .wideClasses(let codes): return codes
    case .classes(let codes):
      let numbers = try Buffer<Int32>(count: rows, for: "labels")
      for row in 0..<rows { numbers.pointer[row] = Int32(codes.pointer[row]) }
      return numbers
    case .numbers: throw Failure.internal("classes of a regression")
    }
  }

  /// The role of a column of classes.
  package enum Role: String { case label, decision }

  /// Options for reading a column.
  package struct Reading {
    package var role = Role.label
    /// The classes and their spellings if they are known from earlier rows or from the labels.
    var vocabulary: LabelVocabulary?
    /// For more than two classes: the column of decisions, whose values are classes even if no row has them
    /// as its label.
    package var decisions: Column?
    /// Whether the known classes are a model's.
    package var isModel = true
    /// Whether the named positive label may be absent from the rows, as in audits.
    package var mayLackPositive = false

    package init(isModel: Bool = true, mayLackPositive: Bool = false) {
      self.isModel = isModel
      self.mayLackPositive = mayLackPositive
    }
  }

  /// - Parameters:
  ///   - classes: the classes of a model, in its order; empty: they are derived from the labels.
  ///   - known: the task, if a model or a configuration sets it.
  /// - Throws: `invalidConfig` if the configuration names no label, `invalidData` for an absent label column,
  ///   missing labels, labels that are not a class, or labels that do not fit the task.
  package convenience init(
    _ dataset: Dataset, _ data: DataConfig, choice: TaskChoice, known: Fairness.Task?, classes: [String] = [],
    reading: Reading = Reading()
  ) throws {
    guard let name = data.label else {
      throw Failure.invalidConfig("no column is named as the label", at: "/data/label")
    }
    let column = try dataset.column(name)
    guard dataset.rows > 0 else { throw Failure.invalidData("the dataset has no rows") }
    if column.missingCount > 0 {
      let row = (0..<dataset.rows).first { column.isMissing($0) } ?? 0
      throw Failure.invalidColumn(
        name,
        "\(column.missingCount == 1 ? "1 row has" : "\(column.missingCount) rows have") no "
          + "\(reading.role.rawValue); the first is row \(row) (line \(row + 2) of a table with a header)")
    }
    let task = try Self.task(column, data, choice: choice, known: known)
    switch task {
    case .regression:
      self.init(task: .regression, .numbers(try Self.finite(column)), rows: dataset.rows, classes: [])
    case .binary:
      try self.init(column, Self.binary(column, data, known: classes, reading), task: .binary, reading.role)
    case .multiclass:
      let vocabulary =
        try reading.vocabulary
        ?? LabelVocabulary(
          values: column.compactCategories().names
            + Self.further(reading.decisions, beside: column, known: classes),
          known: classes, isModel: reading.isModel, data)
      try self.init(column, vocabulary, task: .multiclass(classes: vocabulary.classes.count), reading.role)
    }
  }

  /// Which of two labels counts as positive; nil for other tasks.
  package var positive: PositiveLabel? { vocabulary?.positive(column: column) }

  /// The task and the classes of rows without labels.
  package convenience init(absent task: Fairness.Task, classes: [String], _ data: DataConfig, isModel: Bool)
    throws
  {
    self.init(
      task: task, .classes(try Buffer<UInt8>(count: 0, for: "labels")), rows: 0, classes: classes)
    if task == .binary {
      vocabulary = try LabelVocabulary(binary: [], known: classes, isModel: isModel, data)
    }
  }

  package init(task: Fairness.Task, _ storage: Storage, rows: Int, classes: [String]) {
    self.task = task
    self.storage = storage
    self.rows = rows
    self.classes = classes
  }

  /// The labels of the chosen rows; each index must exist.
  ///
  /// - Throws: `outOfMemory`.
  package func selecting(rows chosen: [Int]) throws -> Labels {
    let own: Storage =
      switch storage {
      case .classes(let codes): .classes(try Buffer(copying: chosen.map { codes.pointer[$0] }))
      case .wideClasses(let codes): .wideClasses(try Buffer(copying: chosen.map { codes.pointer[$0] }))
      case .numbers(let numbers): .numbers(try Buffer(copying: chosen.map { numbers.pointer[$0] }))
      }
    let labels = Labels(task: task, own, rows: chosen.count, classes: classes)
    (labels.vocabulary, labels.readings, labels.column) = (vocabulary, readings, column)
    return labels
  }

  /// The class of each row, from the class of each category.
  private static func classes(of categories: CompactCategories, _ places: [Int], rows: Int) throws -> Storage
  {
    // The categories are the classes, so the codes are used without copying.
    if places.elementsEqual(places.indices) {
      switch categories.codes {
      case .bytes(let codes): return .classes(codes)
      case .words(let codes): return .wideClasses(codes)
      }
    }
    guard places.allSatisfy({ $0 < 255 }), !places.isEmpty else {
      let codes = try Buffer<Int32>(count: rows, for: "labels")
      for row in 0..<rows { codes.pointer[row] = Int32(places[categories.code(at: row) ?? 0]) }
      return .wideClasses(codes)
    }
    let codes = try Buffer<UInt8>(count: rows, for: "labels")
    let table = try Buffer(copying: places.map { UInt8($0) } + Array(repeating: 0, count: 256))
    let shards = WorkerPool.shards(of: rows, minimum: 100_000)
    WorkerPool.run(shards: shards.count) { shard in
      let part = shards[shard]
      switch categories.codes {
      case .bytes(let bytes):
        bytes_through_table(bytes.pointer, table.pointer, codes.pointer, part.lowerBound, part.upperBound)
      case .words(let words):
        codes_through_table(words.pointer, table.pointer, codes.pointer, part.lowerBound, part.upperBound)
      }
    }
    return .classes(codes)
  }

  /// Two values: binary. Words, or up to 20 different integers: classes. Otherwise: a regression.
  private static func task(
    _ column: Column, _ data: DataConfig, choice: TaskChoice, known: Fairness.Task?
  ) throws -> Fairness.Task {
    switch choice {
    case .binary: return .binary
    case .multiclass: return .multiclass(classes: 0)
    case .regression: return .regression
    default: break
    }
    if let known { return known }
    if data.positive != nil || data.negative != nil { return .binary }
    let values = try column.compactCategories().names
    let names =
      data.values.entries.isEmpty ? values : LabelVocabulary(values: values, known: [], data).classes
    if case .text = column.values { return names.count <= 2 ? .binary : .multiclass(classes: 0) }
    if names.count <= 2 { return .binary }
    return names.count <= 20 && names.allSatisfy { Int($0) != nil } ? .multiclass(classes: 0) : .regression
  }

  private static func finite(_ column: Column) throws -> Buffer<Double> {
    let values = try column.doubles()
    if let row = (0..<values.count).first(where: { !values.pointer[$0].isFinite }) {
      throw Failure.invalidColumn(
        column.name, "row \(row): \(values.pointer[row]) is not a label")
    }
    return values
  }

  // MARK: Reading values by a vocabulary

  /// The classes of a column's values.
  ///
  /// - Throws: `invalidData` with value and row for a value that is not declared.
  private convenience init(
    _ column: Column, _ vocabulary: LabelVocabulary, task: Fairness.Task, _ role: Role
  ) throws {
    let categories = try column.compactCategories()
    var readings: [String] = []
    let places = categories.names.map { vocabulary.place(of: $0) ?? -1 }
    if places.contains(-1) { throw Self.undeclared(places, vocabulary, column, categories, role) }
    for (name, place) in zip(categories.names, places) {
      if !vocabulary.isExact(name), readings.count < 20, vocabulary.classes.indices.contains(place) {
        readings.append(
          "column \"\(column.name)\": the \(role.rawValue) \"\(name.excerpt)\" counts as "
            + "\"\(vocabulary.classes[place].excerpt)\"")
      }
    }
    self.init(
      task: task, try Self.classes(of: categories, places, rows: column.rows), rows: column.rows,
      classes: vocabulary.classes)
    self.vocabulary = vocabulary
    self.readings = readings
    self.column = column.name
  }

  private static func binary(_ column: Column, _ data: DataConfig, known: [String], _ reading: Reading) throws
    -> LabelVocabulary
  {
    let names = try column.compactCategories().names
    if var vocabulary = reading.vocabulary {
      let hasNegative = names.contains { vocabulary.place(of: $0) == 0 }
      if vocabulary.lacksNegative || vocabulary.mapsPositivesAlone && !hasNegative {
        vocabulary.adoptNegative(among: names)
      }
      return vocabulary
    }
    guard
      let vocabulary = try LabelVocabulary(
        binary: names, known: known, isModel: reading.isModel, data)
    else {
      throw Failure.invalidColumn(
        column.name,
        (names.count == 1
          ? "every \(reading.role.rawValue) is \"\(names.first?.excerpt ?? "")\""
          : "the \(reading.role.rawValue) has \(names.count) different values")
          + "; a binary task needs two, or \"positive\" to say which of them count")
    }
    if let named = data.positive, known.count != 2, !names.contains(where: { vocabulary.place(of: $0) == 1 }),
      !reading.mayLackPositive || vocabulary.lacksNegative
    {
      throw Failure.invalidConfig(
        "no row has the \(reading.role.rawValue) \(named.values.map { "\"\($0)\"" }.joined(separator: " or "))"
          + Suggestion.phrase(for: named.values.first ?? "", among: names.prefix(60).map(\.excerpt)),
        at: "/data/positive")
    }
    return vocabulary
  }

  /// The values of decisions that do not occur as labels; empty if decisions and labels have no value in
  /// common, because their vocabularies then differ.
  private static func further(_ decisions: Column?, beside labels: Column, known: [String]) throws -> [String]
  {
    guard let decisions, known.isEmpty else { return [] }
    let common = Set(try labels.compactCategories().names.map(LabelSpelling.common))
    let values = try decisions.compactCategories().names
    let further = values.filter { !common.contains(LabelSpelling.common($0)) }
    return further.count < values.count ? further : []
  }

  /// The decisions of a column, in the vocabulary of these labels.
  ///
  /// - Throws: `invalidData` for missing decisions, and with value and row for a decision that is not a
  ///   label.
  package func decisions(_ dataset: Dataset, _ name: String, _ data: DataConfig) throws -> Labels {
    var meaning = data
    meaning.label = name
    var reading = Reading()
    (reading.role, reading.vocabulary) = (.decision, vocabulary)
    return try Labels(
      dataset, meaning, choice: task == .binary ? .binary : .multiclass, known: task, classes: classes,
      reading: reading)
  }

  /// The error for the first row whose value is not declared (place -1).
  private static func undeclared(
    _ places: [Int], _ vocabulary: LabelVocabulary, _ column: Column, _ categories: CompactCategories,
    _ role: Role
  ) -> Failure {
    let row = (0..<column.rows).first { row in
      guard let code = categories.code(at: row) else { return false }
      return places.indices.contains(code) && places[code] < 0
    }
    let code = row.flatMap { categories.code(at: $0) } ?? -1
    let name = categories.names.indices.contains(code) ? categories.names[code] : ""
    let classes = vocabulary.classes.filter { !$0.isEmpty }.map(\.excerpt)
    let known =
      classes.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ") + (classes.count > 20 ? ", …" : "")
    let stranger =
      vocabulary.isModel
      ? "not a class of the model" : role == .decision ? "not among the values of the label" : "not a class"
    let advice =
      vocabulary.lacksNegative
      ? "\"negative\" in \"data\" names the labels that count as negative, where there are several"
      : "\"values\" in \"data\" says what other spellings stand for, such as {\"\(name.excerpt)\": "
        + "\"\(classes.last ?? "")\"}"
    return .invalidColumn(
      column.name,
      "row \(row ?? 0) has the \(role.rawValue) \"\(name.excerpt)\", which is \(stranger) (\(known)); \(advice)"
    )
  }
}

extension String {
  /// The first 200 bytes at most, for messages.
  package var excerpt: String {
    guard utf8.count > 200 else { return self }
    var (text, bytes) = ("", 0)
    for character in self {
      bytes += String(character).utf8.count
      if bytes > 190 { break }
      text.append(character)
    }
    return text + "..."
  }
}
