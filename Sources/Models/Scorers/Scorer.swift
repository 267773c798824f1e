import Engine
import Fairness
import Formats
import Platform

/// Computes a model's scores from its inputs.
///
/// All operations on networks go through the scorer. Immutable; safe to share between threads.
package protocol Scorer: AnyObject, Sendable {
  /// Whether there are weights.
  var isTrained: Bool { get }

  /// The number of scores per row: one probability for a binary task, one per class, or one value; 0 without
  /// weights.
  var count: Int { get }

  /// The digest of the weights; nil without weights.
  var weightsDigest: String? { get }

  /// How outputs become scores for a task; nil: as the model's files define.
  ///
  /// - Throws: `invalidArgument` without weights.
  func scoring(for task: Fairness.Task?) throws -> Scoring

  /// The scores of every row, (rows, scores); for a tagging model, (words, classes).
  ///
  /// - Parameters:
  ///   - task: the task of the scores; nil: as the model's files define.
  ///   - outside: the class of words that are not read.
  func scores(of inputs: NetworkInputs, for task: Fairness.Task?, _ form: ScoreForm, outside: Int) throws
    -> Buffer<Float>

  /// Scores for rows of numbers; after the first calls no memory is allocated.
  ///
  /// - Parameters:
  ///   - features: row-major (rows, reader.featureCount).
  ///   - scores: out, (rows, count).
  func score(
    features: UnsafePointer<Float>, rows: Int, by reader: any InputReader,
    into scores: UnsafeMutablePointer<Float>
  ) throws

  /// Scores for texts that are not divided into windows.
  ///
  /// - Parameter scores: out, (texts, count).
  func score(texts: TokenRows, into scores: UnsafeMutablePointer<Float>) throws

  /// The networks, which have the same inputs and outputs; empty if scores do not come from networks.
  var networks: [Network] { get }

  /// The members that the scorer adds to `equipoise.json`.
  ///
  /// - Parameter networks: for each of `networks`, an object with its graph and the file of its weights.
  func recorded(_ networks: [JSONValue]) -> [JSONValue.Member]

  /// The network of a model with a single network.
  ///
  /// - Throws: `invalidArgument` without weights.
  func soleNetwork() throws -> (network: Network, predictor: Predictor)

  /// The members of `eqp_model_describe` about the network.
  func described(reading reader: any InputReader) -> [JSONValue.Member]
}

extension Scorer {
  /// One network at most: its graph and the file of its weights.
  package func recorded(_ networks: [JSONValue]) -> [JSONValue.Member] { networks.first?.members ?? [] }
}

/// The form in which a network's outputs are returned.
package enum ScoreForm {
  /// Probabilities, or values.
  case scores
  /// The unconverted outputs.
  case logits
}
