import Configurations
import Datasets
import Engine
import Fairness
import Platform

/// Defines what a model reads, and converts a dataset's columns, rows of numbers and texts to inputs of its
/// network.
///
/// All operations on inputs go through the reader. Immutable; safe to share between threads.
package protocol InputReader: AnyObject, Sendable {
  /// The kind of data in a row.
  var medium: InputMedium { get }

  /// The columns that are read, in order; empty if the network does not name its columns.
  var inputNames: [String] { get }

  /// The number of numbers per row of `eqp_predict_f32`; 0 if the model does not read numbers.
  var featureCount: Int { get }

  /// The maximum number of tokens of a text; 0 if the model does not read texts.
  var longestText: Int { get }

  /// The inputs as listed by `eqp_model_describe`, with the meaning of each number in `eqp_predict_f32`.
  var describedInputs: [JSONValue] { get }

  /// The steps that change columns before they are read, for `eqp_model_describe`; null: there are none.
  var describedSteps: JSONValue { get }

  /// The kinds of answer to which such models can be tuned.
  var possibleAnswers: Set<ModelAnswer> { get }

  /// The kind of the model's answer.
  ///
  /// - Parameters:
  ///   - task: nil: the model does not predict a single label per row.
  ///   - scoring: how the network's outputs become scores.
  func answer(task: Fairness.Task?, _ scoring: Scoring) -> ModelAnswer

  /// The rows of a dataset as inputs of the network.
  ///
  /// - Parameters:
  ///   - include: the columns, in order, for a network that does not name them; empty: the columns that the
  ///     reader knows.
  ///   - data: names the text columns; nil: as recorded in the model.
  /// - Throws: `invalidData` for absent columns, wrong types, and missing values that are not accepted.
  func inputs(of dataset: Dataset, include: [String], data: DataConfig?) throws -> NetworkInputs

  /// The columns with categories that did not occur in training.
  func unseenCategories(in dataset: Dataset) throws -> [UnseenCategories]

  /// Writes rows of numbers into a workspace's inputs, without allocating memory.
  ///
  /// - Parameters:
  ///   - features: row-major (rows, featureCount).
  ///   - firstRow: the number of the first row in errors.
  /// - Returns: the address of the rows if they are not in the workspace's own inputs.
  /// - Throws: `invalidData` (location: row and column) for numbers that are not accepted.
  func place(
    _ features: UnsafePointer<Float>, rows: Int, firstRow: Int, in workspace: Workspace
  ) throws -> UnsafePointer<Float>?

  /// The reader as a reader of texts.
  ///
  /// - Throws: `invalidArgument` if it is another kind.
  func requireTexts() throws -> TextReader
}

/// The kind of data in a row of a model's inputs.
package enum InputMedium: String {
  case numbers, texts
}

// Defaults for readers of numbers.
extension InputReader {
  package var medium: InputMedium { .numbers }
  package var longestText: Int { 0 }
  package var describedSteps: JSONValue { .null }
  package var possibleAnswers: Set<ModelAnswer> { [.rows] }

  package func answer(task: Fairness.Task?, _ scoring: Scoring) -> ModelAnswer {
    task == nil && scoring.kind == .independent ? .labels : .rows
  }

  package func unseenCategories(in dataset: Dataset) throws -> [UnseenCategories] { [] }

  package func requireTexts() throws -> TextReader {
    throw Failure.invalidArgument(
      "the model reads numbers; eqp_predict and eqp_predict_f32 take them", at: "model")
  }
}
