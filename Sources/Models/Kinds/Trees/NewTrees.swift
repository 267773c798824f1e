import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Platform

/// A new ensemble of trees over a table's own columns. Numbers are read unchanged, and missing ones stay missing;
/// categories are read by their numbers.
enum NewTrees {
  /// An ensemble with a single leaf of value 0 for each output, before it grows.
  ///
  /// - Throws: `invalidConfig` and `invalidData` as for the encoding of tables.
  static func tunable(_ rows: Dataset, _ task: Fairness.Task, _ request: TuningRequest) throws
    -> TunableModel
  {
    let columns = try request.data.inputColumns(of: rows)
    // Only what an encoding knows of categories is used.
    let encoder = try TableEncoder.fitted(to: rows, columns, request.encoding)
    var network = try network(features: columns.count, task)
    network.columns = columns
    network.categoryNames = try encoder.slots.map { slot in
      slot.kind == .category ? try names(of: slot, isNumeric: rows.column(slot.name).isNumeric) : []
    }
    network.isRegression = task == .regression
    let reader = TreeReader(network, include: [], requiresAll: true)
    func read(_ rows: Dataset) throws -> NetworkInputs { try reader.inputs(of: rows, include: [], data: nil) }
    var tunable = TunableModel(
      network: network, reader: reader, inputs: try read(rows), read: read, data: request.data)
    tunable.categoricalFeatures = Set(encoder.slots.indices.filter { encoder.slots[$0].kind == .category })
    return tunable
  }

  private static func network(features: Int, _ task: Fairness.Task) throws -> Network {
    let (outputs, link) = task.newOutputs
    var trees = try DecisionTrees(features: features, outputs: outputs)
    for output in 0..<outputs {
      _ = try trees.add(output: output, root: 0, count: 1) { _ in .leaf(cover: 0) }
    }
    func zeros(_ name: String) throws -> Tensor {
      try Tensor(name: name, dimensions: [outputs], values: Array(repeating: 0, count: outputs))
    }
    var builder = GraphBuilder()
    let input = builder.input("features", Shape(width: features))
    let sums = try builder.apply(
      TreeEnsemble(TreeLayout(trees)),
      to: [input, builder.parameter(zeros("leaves")), builder.parameter(zeros("base_score"))], name: "trees")
    return try Network(graph: builder.finish(output: sums), link: link)
  }

  /// The names of a column's categories: numbers for a column of numbers.
  private static func names(of slot: EncodedColumn, isNumeric: Bool) -> [JSONValue] {
    guard isNumeric else { return slot.categories.map { .string($0) } }
    return slot.categories.map { name in
      Int(name).map { .integer($0) } ?? Double(name).map { .number($0) } ?? .string(name)
    }
  }
}
