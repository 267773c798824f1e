import Configurations
import Datasets
import Engine
import Fairness
import Platform

/// What a model reads, and how a dataset's columns, rows of numbers and texts become what its network takes.
///
/// A verb asks the reader and nothing else about inputs. Immutable; safe to share.
package protocol InputReader: AnyObject, Sendable {
  /// What a row is made of.
  var medium: InputMedium { get }

  /// The columns that are read, in order; empty where any columns will do.
  var inputNames: [String] { get }

  /// The numbers of a row of `eqp_predict_f32`; 0 where none are taken.
  var featureCount: Int { get }

  /// The most tokens of a text; 0 where none are read.
  var longestText: Int { get }

  /// The inputs as `eqp_model_describe` lists them, with what a number in `eqp_predict_f32` stands for.
  var describedInputs: [JSONValue] { get }

  /// The answers that models of this kind can be tuned to give.
  var possibleAnswers: Set<ModelAnswer> { get }

  /// What the model says of a row.
  ///
  /// - Parameters:
  ///   - task: nil: no single label of a row is predicted.
  ///   - scoring: how the network's outputs become scores.
  func answer(task: Fairness.Task?, _ scoring: Scoring) -> ModelAnswer

  /// The rows of a dataset as the network takes them.
  ///
  /// - Parameters:
  ///   - include: the columns, in order, of a network that does not name them; empty: those that the reader knows.
  ///   - data: names the column of texts; nil: what the model remembers.
  /// - Throws: `invalidData` when columns are absent, of the wrong type, or missing where nothing takes their place.
  func inputs(of dataset: Dataset, include: [String], data: DataConfig?) throws -> NetworkInputs

  /// The columns with categories that training has not seen.
  func unseenCategories(in dataset: Dataset) throws -> [UnseenCategories]

  /// Puts rows of numbers where a workspace reads them, without allocating.
  ///
  /// - Parameters:
  ///   - features: row-major (rows, featureCount).
  ///   - firstRow: how the first row counts in errors.
  /// - Returns: where the rows lie if not in the workspace's own inputs.
  /// - Throws: `invalidData` (location: row and column) for numbers that are not accepted.
  func place(
    _ features: UnsafePointer<Float>, rows: Int, firstRow: Int, in workspace: Workspace
  ) throws -> UnsafePointer<Float>?

  /// The reader of texts that this is.
  ///
  /// - Throws: `invalidArgument` for another.
  func requireTexts() throws -> TextReader
}

/// What a row of a model's inputs is made of.
package enum InputMedium: String {
  case numbers, texts
}

// What most kinds answer.
extension InputReader {
  package var medium: InputMedium { .numbers }
  package var longestText: Int { 0 }
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
