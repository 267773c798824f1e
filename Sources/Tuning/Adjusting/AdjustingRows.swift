import Auditing
import Configurations
import Datasets
import Fairness
import Models
import Platform

/// The rows from which adjustments are learnt, with their scores, labels, groups and weights.
struct AdjustingRows {
  let dataset: Dataset
  /// The meaning of the columns; quantiles are replaced by the edges in these rows.
  let data: DataConfig
  let task: Fairness.Task
  /// The unchanged scores of the scorer, (rows, width).
  let scores: Buffer<Float>
  /// The number of scores per row.
  let width: Int
  /// The class of each row; nil without labels, and for a regression.
  let classes: [Int]?
  /// The values of a regression; nil without labels, and for classes.
  let values: [Double]?
  /// nil: all are 1.
  let weights: [Double]?

  var count: Int { dataset.rows }

  /// - Parameters:
  ///   - labels: nil if the rows have none.
  ///   - scores: (rows, width).
  /// - Throws: `invalidData` without rows, or for a score that is not finite.
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
    values = try task == .regression ? labels?.doubles().array : nil
    weights = try Evaluation.weights(dataset, data.weight)?.array
    if let row = (0..<scores.count).first(where: { !scores.pointer[$0].isFinite }) {
      throw Failure.invalidData("the model gives no number", at: "row \(row / max(width, 1))")
    }
  }

  /// The labels of a task with two classes.
  ///
  /// - Throws: `unsupported` at `pointer` for another task, `invalidConfig` if the rows have no labels.
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

/// The groups of an attribute and their rows.
struct AdjustedGroups {
  /// The index of the attribute in the adjustments.
  let place: Int
  let attribute: AdjustedAttribute
  /// The code of each row's group; -1 if it has none.
  let codes: [Int32]
  /// The rows of each group.
  let members: [[Int]]
  /// For each group, the reason why it is treated like an unknown one; nil: it has its own rule.
  var exclusions: [String?]

  /// The groups with their own rule.
  var own: [Int] { exclusions.indices.filter { exclusions[$0] == nil } }

  /// Extends a list over the groups of `own` to all groups.
  func spread<Value>(_ values: [Value]) -> [Value?] {
    var result = [Value?](repeating: nil, count: members.count)
    for (group, value) in zip(own, values) { result[group] = value }
    return result
  }
}
