import Datasets
import Fairness
import Kernels
import Platform

/// The labels of a dataset as numbers: the class of each row, or its value.
final class Labels {
  let task: Fairness.Task
  /// What the classes stand for, in their order; empty in regression.
  let classes: [String]
  let rows: Int
  private let storage: Storage
  private var floats: Buffer<Float>?

  /// Audits read classes in the least space; training reads floats, which are made when asked for.
  enum Storage {
    case classes(Buffer<UInt8>)
    case wideClasses(Buffer<Int32>)
    case numbers(Buffer<Float>)
  }

  /// The class, 0, 1, …, or the value, of each row.
  func values() throws -> Buffer<Float> {
    if let floats { return floats }
    let result: Buffer<Float>
    switch storage {
    case .numbers(let numbers): result = numbers
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

  /// The classes as an audit reads them.
  ///
  /// - Throws: `internal` for a regression, whose labels are no classes.
  func codes() throws -> CodeColumn {
    switch storage {
    case .classes(let codes): CodeColumn(codes)
    case .wideClasses(let codes): CodeColumn(codes)
    case .numbers: throw Failure.internal("classes of a regression")
    }
  }

  /// - Parameters:
  ///   - classes: the classes that a model knows, in its order; empty: they are read from the labels.
  ///   - known: the task, if a model or a configuration says.
  /// - Throws: `invalidConfig` when the configuration names no label, `invalidData` for a label column that
  ///   is not there, for missing labels, unknown classes, or a task that they do not fit.
  convenience init(
    _ dataset: Dataset, _ data: DataConfig, choice: TaskChoice, known: Fairness.Task?, classes: [String] = []
  ) throws {
    guard let name = data.label else {
      throw Failure.invalidConfig("no column is named as the label", at: "/data/label")
    }
    let column = try dataset.column(name)
    guard dataset.rows > 0 else { throw Failure.invalidData("the dataset has no rows") }
    if column.missingCount > 0 {
      let row = (0..<dataset.rows).first { column.isMissing($0) } ?? 0
      throw Failure.invalidColumn(
        name, "\(column.missingCount) rows have no label; the first is row \(row)")
    }
    let task = try Self.task(column, data, choice: choice, known: known)
    switch task {
    case .regression:
      self.init(task: .regression, .numbers(try Self.finite(column)), rows: dataset.rows, classes: [])
    case .binary:
      try self.init(binary: column, data, known: classes)
    case .multiclass:
      try self.init(multiclass: column, known: classes)
    }
  }

  init(task: Fairness.Task, _ storage: Storage, rows: Int, classes: [String]) {
    self.task = task
    self.storage = storage
    self.rows = rows
    self.classes = classes
  }

  /// The class of each row from that of each category.
  private static func classes(of categories: Categories, _ places: [Int], rows: Int) throws -> Storage {
    // The categories are the classes: nothing to copy.
    if places.elementsEqual(places.indices) { return .wideClasses(categories.codes) }
    guard places.allSatisfy({ $0 < 255 }) else {
      let codes = try Buffer<Int32>(count: rows, for: "labels")
      for row in 0..<rows { codes.pointer[row] = Int32(places[Int(categories.codes.pointer[row])]) }
      return .wideClasses(codes)
    }
    let codes = try Buffer<UInt8>(count: rows, for: "labels")
    let table = try Buffer(copying: places.map { UInt8($0) })
    let shards = WorkerPool.shards(of: rows, minimum: 100_000)
    WorkerPool.run(shards: shards.count) { shard in
      codes_through_table(
        categories.codes.pointer, table.pointer, codes.pointer, shards[shard].lowerBound,
        shards[shard].upperBound)
    }
    return .classes(codes)
  }

  /// Two values are binary; words, or up to 20 different integers, are classes; else a number is meant.
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
    if data.positive != nil { return .binary }
    if case .text = column.values {
      return try column.categories().names.count <= 2 ? .binary : .multiclass(classes: 0)
    }
    let names = try column.categories().names
    if names.count <= 2 { return .binary }
    return names.count <= 20 && names.allSatisfy { Int($0) != nil } ? .multiclass(classes: 0) : .regression
  }

  private static func finite(_ column: Column) throws -> Buffer<Float> {
    let values = try column.numbers()
    if let row = (0..<values.count).first(where: { !values.pointer[$0].isFinite }) {
      throw Failure.invalidColumn(
        column.name, "row \(row): \(values.pointer[row]) is not a label")
    }
    return values
  }

  private convenience init(binary column: Column, _ data: DataConfig, known: [String]) throws {
    let categories = try column.categories()
    var positive = Set(data.positive?.values ?? [])
    if positive.isEmpty {
      // A model's second class, or the last of two in order.
      if known.count == 2, categories.names.contains(known[1]) || categories.names.contains(known[0]) {
        positive = [known[1]]
        if let stranger = categories.names.first(where: { !known.contains($0) }) {
          throw Self.notAClass(stranger, known, column)
        }
      } else if [["0"], ["1"], ["0", "1"]].contains(categories.names) {
        positive = ["1"]
      } else if categories.names.count == 2 {
        positive = [categories.names[1]]
      }
    }
    let others = categories.names.filter { !positive.contains($0) }
    guard !positive.isEmpty else {
      throw Failure.invalidColumn(
        column.name,
        (categories.names.count == 1
          ? "every label is \"\(categories.names.first ?? "")\""
          : "the label has \(categories.names.count) different values")
          + "; a binary task needs two, or \"positive\" to say which of them count")
    }
    if let named = data.positive, !categories.names.contains(where: positive.contains), known.count != 2 {
      throw Failure.invalidConfig(
        "no row has the label \(named.values.map { "\"\($0)\"" }.joined(separator: " or "))"
          + Suggestion.phrase(for: named.values.first ?? "", among: Array(categories.names.prefix(60))),
        at: "/data/positive")
    }
    let storage = try Self.classes(
      of: categories, categories.names.map { positive.contains($0) ? 1 : 0 }, rows: column.rows)
    let names =
      known.count == 2
      ? known
      : [
        others.first ?? "0",
        data.positive?.values.first ?? categories.names.first(where: positive.contains) ?? "1",
      ]
    self.init(task: .binary, storage, rows: column.rows, classes: names)
  }

  private convenience init(multiclass column: Column, known: [String]) throws {
    let categories = try column.categories()
    // Integers in their own order, not in that of their digits.
    let integers = categories.names.compactMap { Int($0) }
    var classes = known
    if classes.isEmpty {
      classes =
        integers.count == categories.names.count ? integers.sorted().map(String.init) : categories.names
    }
    let places = Dictionary(classes.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let codes = try categories.names.map { name -> Int in
      guard let place = places[name] else {
        throw Self.notAClass(name, classes, column)
      }
      return place
    }
    self.init(
      task: .multiclass(classes: classes.count), try Self.classes(of: categories, codes, rows: column.rows),
      rows: column.rows, classes: classes)
  }

  private static func notAClass(_ name: String, _ classes: [String], _ column: Column) -> Failure {
    .invalidColumn(
      column.name,
      "the label \"\(name)\" is not a class of the model\(Suggestion.phrase(for: name, among: classes))")
  }
}
