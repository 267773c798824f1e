import Auditing
import Configurations
import Datasets
import Fairness
import Models
import Platform

/// The rows from which adjustments are learnt, with their scores, labels, groups and weights.
struct AdjustingRows {
  let dataset: Dataset
  /// What the columns mean, with quantiles as the edges that they are in these rows.
  let data: DataConfig
  let task: Fairness.Task
  /// As the scorer gives them, (rows, width).
  let scores: Buffer<Float>
  /// Scores a row.
  let width: Int
  /// The class of each row; nil where rows have no labels, or values.
  let classes: [Int]?
  /// nil: all are 1.
  let weights: [Double]?

  var count: Int { dataset.rows }

  /// - Parameters:
  ///   - labels: nil where the rows have none.
  ///   - scores: (rows, width)
  init(
    _ dataset: Dataset, _ data: DataConfig, task: Fairness.Task, labels: Labels?, scores: Buffer<Float>
  ) throws {
    guard dataset.rows > 0 else { throw Failure.invalidData("the dataset has no rows") }
    self.dataset = dataset
    self.data = data
    self.task = task
    self.scores = scores
    width = scores.count / dataset.rows
    if let labels, task != .regression {
      classes = try labels.classNumbers().array.map(Int.init)
    } else {
      classes = nil
    }
    weights = try Evaluation.weights(dataset, data.weight)?.array
    if let row = (0..<scores.count).first(where: { !scores.pointer[$0].isFinite }) {
      throw Failure.invalidData("the model gives no number", at: "row \(row / max(width, 1))")
    }
  }

  /// The labels of two classes.
  ///
  /// - Throws: `unsupported` at `pointer` for another task, `invalidConfig` where rows have no labels.
  func binaryLabels(for method: String, at pointer: String) throws -> [Bool] {
    guard task == .binary else {
      throw Failure.unsupported(
        "\"\(method)\" decides between two classes, and the task is \(task.name)", at: pointer)
    }
    return try requireClasses(for: method, at: pointer).map { $0 == 1 }
  }

  func requireClasses(for method: String, at pointer: String) throws -> [Int] {
    guard let classes else {
      throw Failure.invalidConfig(
        task == .regression
          ? "\"\(method)\" needs classes, and the task is regression"
          : "\"\(method)\" learns from labels, and \"label\" of \"data\" names no column", at: pointer)
    }
    return classes
  }
}

/// The groups of an attribute, each with its rows.
struct AdjustedGroups {
  /// The attribute's place among the decision's.
  let place: Int
  let attribute: AdjustedAttribute
  /// The number of each row's group; -1: it is in none.
  let codes: [Int32]
  /// By group.
  let members: [[Int]]
  /// Why a group is treated like rows in no known group; nil: it is treated by its own rows.
  var exclusions: [String?]

  /// The groups that are treated by their own rows.
  var own: [Int] { exclusions.indices.filter { exclusions[$0] == nil } }

  /// What a list over the groups of `own` is over all groups.
  func spread<Value>(_ values: [Value]) -> [Value?] {
    var result = [Value?](repeating: nil, count: members.count)
    for (group, value) in zip(own, values) { result[group] = value }
    return result
  }
}
