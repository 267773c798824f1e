import Datasets
import Fairness
import Platform

/// The labels of a dataset as numbers: the class of each row, or its value.
struct Labels {
  let task: Fairness.Task
  /// The class, 0, 1, …, or the value.
  let values: Buffer<Float>
  /// What the classes stand for, in their order; empty in regression.
  let classes: [String]

  /// - Parameters:
  ///   - classes: the classes that a model knows, in its order; empty: they are read from the labels.
  ///   - known: the task, if a model or a configuration says.
  /// - Throws: `invalidConfig` when the configuration names no label or one that is not there,
  ///   `invalidData` for missing labels, unknown classes, or a task that they do not fit.
  init(
    _ dataset: Dataset, _ data: DataConfig, choice: TaskChoice, known: Fairness.Task?, classes known_: [String] = []
  ) throws {
    guard let name = data.label else {
      throw Failure.invalidConfig("no column is named as the label", at: "/data/label")
    }
    let column = try dataset.column(name)
    guard dataset.rows > 0 else { throw Failure.invalidData("the dataset has no rows") }
    if column.missingCount > 0 {
      let row = (0..<dataset.rows).first { column.isMissing($0) } ?? 0
      throw Failure.invalidData(
        "\(column.missingCount) rows have no label; the first is row \(row)", at: "column \"\(name)\"")
    }
    let task = try Self.task(column, data, choice: choice, known: known)
    switch task {
    case .regression:
      self.init(task: .regression, values: try Self.finite(column), classes: [])
    case .binary:
      try self.init(binary: column, data, known: known_)
    case .multiclass:
      try self.init(multiclass: column, known: known_)
    }
  }

  private init(task: Fairness.Task, values: Buffer<Float>, classes: [String]) {
    self.task = task
    self.values = values
    self.classes = classes
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
      throw Failure.invalidData("row \(row): \(values.pointer[row]) is not a label", at: "column \"\(column.name)\"")
    }
    return values
  }

  private init(binary column: Column, _ data: DataConfig, known: [String]) throws {
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
      throw Failure.invalidData(
        (categories.names.count == 1
          ? "every label is \"\(categories.names.first ?? "")\"" : "the label has \(categories.names.count) different values")
          + "; a binary task needs two, or \"positive\" to say which of them count", at: "column \"\(column.name)\"")
    }
    if let named = data.positive, !categories.names.contains(where: positive.contains), known.count != 2 {
      throw Failure.invalidConfig(
        "no row has the label \(named.values.map { "\"\($0)\"" }.joined(separator: " or "))"
          + Suggestion.phrase(for: named.values.first ?? "", among: Array(categories.names.prefix(60))),
        at: "/data/positive")
    }
    let isPositive = categories.names.map { positive.contains($0) }
    let values = try Buffer<Float>(count: column.rows, for: "labels")
    for row in 0..<column.rows { values.pointer[row] = isPositive[Int(categories.codes.pointer[row])] ? 1 : 0 }
    let names =
      known.count == 2
      ? known
      : [others.first ?? "0", data.positive?.values.first ?? categories.names.first(where: positive.contains) ?? "1"]
    self.init(task: .binary, values: values, classes: names)
  }

  private init(multiclass column: Column, known: [String]) throws {
    let categories = try column.categories()
    // Integers in their own order, not in that of their digits.
    let integers = categories.names.compactMap { Int($0) }
    var classes = known
    if classes.isEmpty {
      classes = integers.count == categories.names.count ? integers.sorted().map(String.init) : categories.names
    }
    let places = Dictionary(classes.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let codes = try categories.names.map { name -> Float in
      guard let place = places[name] else {
        throw Self.notAClass(name, classes, column)
      }
      return Float(place)
    }
    let values = try Buffer<Float>(count: column.rows, for: "labels")
    for row in 0..<column.rows { values.pointer[row] = codes[Int(categories.codes.pointer[row])] }
    self.init(task: .multiclass(classes: classes.count), values: values, classes: classes)
  }

  private static func notAClass(_ name: String, _ classes: [String], _ column: Column) -> Failure {
    .invalidData(
      "the label \"\(name)\" is not a class of the model\(Suggestion.phrase(for: name, among: classes))",
      at: "column \"\(column.name)\"")
  }

  /// The same rows in another order, or some of them.
  func selecting(_ rows: [Int]) throws -> Labels {
    let chosen = try Buffer<Float>(count: rows.count, for: "labels")
    for (place, row) in rows.enumerated() { chosen.elements[place] = values.elements[row] }
    return Labels(task: task, values: chosen, classes: classes)
  }
}
