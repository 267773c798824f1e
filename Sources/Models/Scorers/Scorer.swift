import Engine
import Fairness
import Formats
import Platform

/// What a model computes of its inputs: networks' outputs, as scores.
///
/// A verb asks the scorer and nothing else about networks. Immutable; safe to share.
package protocol Scorer: AnyObject, Sendable {
  /// Whether there are weights.
  var isTrained: Bool { get }

  /// Scores a row: one probability for a binary task, one for each class, or one value; 0 without weights.
  var count: Int { get }

  /// The digest of the weights; nil without weights.
  var weightsDigest: String? { get }

  /// How outputs become scores for a task; nil: as the files say.
  ///
  /// - Throws: `invalidArgument` without weights.
  func scoring(for task: Fairness.Task?) throws -> Scoring

  /// Scores of every row, (rows, scores); of a model that tags, (words, classes).
  ///
  /// - Parameters:
  ///   - task: that the scores are for; nil: what the files say.
  ///   - outside: the class of words that are not read.
  func scores(of inputs: NetworkInputs, for task: Fairness.Task?, _ form: ScoreForm, outside: Int) throws
    -> Buffer<Float>

  /// Scores of rows of numbers, without allocating once warm.
  ///
  /// - Parameters:
  ///   - features: row-major (rows, reader.featureCount).
  ///   - scores: out, (rows, count).
  func score(
    features: UnsafePointer<Float>, rows: Int, by reader: any InputReader,
    into scores: UnsafeMutablePointer<Float>
  ) throws

  /// Scores of texts that are read whole.
  ///
  /// - Parameter scores: out, (texts, count).
  func score(texts: TokenRows, into scores: UnsafeMutablePointer<Float>) throws

  /// The network, where it is one alone.
  ///
  /// - Throws: `invalidArgument` without weights.
  func soleNetwork() throws -> (network: Network, predictor: Predictor)

  /// The members of `eqp_model_describe` that say what is computed.
  func described(reading reader: any InputReader) -> [JSONValue.Member]
}

/// What is given of a network's outputs.
package enum ScoreForm {
  /// Probabilities, or values.
  case scores
  /// The outputs as they are.
  case logits
}
