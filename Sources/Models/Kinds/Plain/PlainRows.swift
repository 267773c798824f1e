import Configurations
import Datasets
import Engine
import EngineKernels
import Formats
import Platform

/// An input of a network that reads unencoded numbers.
package struct PlainInput: Sendable {
  package let name: String
  /// The number of numbers per row.
  package let width: Int
  /// Whether the numbers are counts of words in one column of texts.
  package var countsWords = false

  /// The number of columns that hold them, unless a column holds several numbers.
  package var columns: Int { countsWords ? 1 : width }

  package var json: JSONValue {
    ["name": .string(name), "kind": countsWords ? "words" : "number", "width": .integer(width)]
  }
}

extension Network {
  var plainInputs: [PlainInput] {
    zip(zip(graph.inputs, inputs), wordCounts).map { input, words in
      PlainInput(name: input.1.name, width: graph[input.0].shape.count, countsWords: !words.isEmpty)
    }
  }

  /// The names of the columns that the network reads, if they are known.
  ///
  /// - Parameter include: the columns of the configuration; empty: none are set.
  func columnNames(include: [String]) -> [String] {
    if !include.isEmpty { return include }
    if !columns.isEmpty { return columns }
    // The inputs have the columns' names if there is one input per column; a single wide input has none.
    return plainInputs.allSatisfy { $0.columns == 1 } ? inputs.map(\.name) : []
  }
}

extension [PlainInput] {
  package var width: Int { reduce(0) { $0 + $1.width } }

  /// The columns to read if the network does not name them.
  package func columns(of dataset: Dataset, include: [String]) -> [String] {
    if !include.isEmpty { return include }
    // A network without column names reads images or other tensors.
    let tensors = DataConfig.tensors(dataset, dataset.names)
    if !tensors.isEmpty { return tensors }
    // A table with exactly as many columns as the network has inputs: the columns are used in order.
    return dataset.columns.count == reduce(0, { $0 + $1.columns }) ? dataset.names : []
  }
}

/// How missing numbers are treated.
package enum MissingNumbers {
  /// They are an error.
  case refused
  /// They are read as NaN.
  ///
  /// - Parameter read: the indices of the columns that must be present; nil: all.
  case kept(read: Set<Int>?)
  /// They are NaN in some columns, and an error in the others.
  case accepted(Set<Int>)
}

/// Rows of numbers without encoding.
enum PlainRows {
  /// Writes rows into a workspace's inputs (`InputReader.place`).
  ///
  /// - Parameter accepts: whether a number that is not finite is accepted.
  @inline(__always)
  static func place(
    _ features: UnsafePointer<Float>, rows: Int, firstRow: Int, columns: Int, in workspace: Workspace,
    accepts: (_ number: Float, _ column: Int) -> Bool
  ) throws -> UnsafePointer<Float>? {
    // One pass over all numbers; only if it finds one that is not finite are they checked one by one.
    if !numbers_are_finite(features, rows * columns) {
      for index in 0..<rows * columns
      where !features[index].isFinite && !accepts(features[index], index % columns) {
        let (row, column) = (firstRow + index / columns, index % columns)
        throw Failure(
          .invalidData, "row \(row), column \(column): \(features[index]) is not a finite number",
          at: "\(row),\(column)")
      }
    }
    if workspace.canReadElsewhere { return features }
    copy(features, rows: rows, columns: columns, to: workspace)
    return nil
  }

  /// Copies rows to the blocks of a network's inputs; each input takes some of the columns.
  static func copy(_ source: UnsafePointer<Float>, rows: Int, columns: Int, to workspace: Workspace) {
    var offset = 0
    for (id, input) in zip(workspace.graph.inputs, workspace.inputs) {
      let width = workspace.graph[id].shape.count
      copy_lines(source + offset, columns, input, width, rows, width, false)
      offset += width
    }
  }

  /// The columns' numbers, (rows, width).
  ///
  /// - Parameter categories: of columns whose names stand for numbers; nil: there are none.
  fileprivate static func values(
    _ dataset: Dataset, _ columns: [String], width: Int, _ categories: NamedCategories?,
    _ missing: MissingNumbers
  ) throws -> Buffer<Float> {
    guard !columns.isEmpty else {
      throw Failure.invalidData(
        "the network takes \(width) inputs and does not name them; \"include\" lists the columns, in order (in an audit "
          + "or a tuning it stands in \"data\")", at: "include")
    }
    let chosen = try columns.enumerated().map { position, name -> Column? in
      if case .kept(let read?) = missing, !read.contains(position), !dataset.contains(name) { return nil }
      return try dataset.column(name)
    }
    let widths = chosen.map { column in
      if case .tensor(_, let shape)? = column?.values { return shape.reduce(1, *) }
      return 1
    }
    let given = widths.reduce(0, +)
    guard given == width else {
      throw Failure.invalidData(
        "the network takes \(width) inputs and \(given == columns.count ? "" : "the ")\(given == columns.count ? "\(columns.count) columns are included" : "\(given) numbers of the columns included are given"): \(columns.joined(separator: ", "))"
      )
    }
    // A single tensor that is the whole input is used without copying.
    if chosen.count == 1, let column = chosen[0], case .tensor(let buffer, _) = column.values,
      column.missingCount == 0
    {
      return buffer
    }
    let values = try Buffer<Float>(count: dataset.rows * width, for: "inputs")
    var position = 0
    for (place, (column, own)) in zip(chosen, widths).enumerated() {
      let target = values.pointer + position
      let mayMiss =
        switch missing {
        case .refused: false
        case .kept: true
        case .accepted(let places): places.contains(position)
        }
      position += own
      guard let column else {
        for row in 0..<dataset.rows { target[row * width] = .nan }
        continue
      }
      guard case .tensor(let buffer, _) = column.values else {
        if try categories?.write(column, at: place, to: target, stride: width) != true {
          let numbers = try column.numbers()
          for row in 0..<dataset.rows { target[row * width] = numbers.pointer[row] }
        }
        try check(column, target, rows: dataset.rows, width, mayMiss: mayMiss)
        continue
      }
      copy_lines(buffer.pointer, own, target, width, dataset.rows, own, false)
    }
    return values
  }

  /// - Throws: `invalidColumn` for the first of a column's numbers that is infinite, or missing without a replacement.
  private static func check(
    _ column: Column, _ numbers: UnsafePointer<Float>, rows: Int, _ width: Int, mayMiss: Bool
  ) throws {
    for row in 0..<rows {
      let value = numbers[row * width]
      guard value.isFinite || mayMiss && value.isNaN else {
        throw Failure.invalidColumn(
          column.name,
          "row \(row): \(value.isNaN ? "a missing value" : "an infinite value"), for which the model has no "
            + "replacement")
      }
    }
  }
}

extension NetworkInputs {
  /// Unencoded columns, for a network without encoders.
  ///
  /// - Parameter categories: of columns whose names stand for numbers; nil: there are none.
  init(
    _ dataset: Dataset, of inputs: [PlainInput], columns: [String], _ categories: NamedCategories? = nil,
    missing: MissingNumbers
  ) throws {
    self.init(
      values: try PlainRows.values(dataset, columns, width: inputs.width, categories, missing),
      rows: dataset.rows, widths: inputs.map(\.width))
  }
}
