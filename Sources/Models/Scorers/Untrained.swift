import Configurations
import Engine
import Fairness
import Formats
import Platform

/// The scorer of an architecture without weights: every call reports that it must be tuned first.
final class Untrained: Scorer, @unchecked Sendable {
  private let architecture: ArchitectureConfig

  init(_ architecture: ArchitectureConfig) { self.architecture = architecture }

  static var failure: Failure {
    .invalidArgument(
      "the model is untrained: eqp_finetune gives it weights, and then it predicts", at: "model")
  }

  var isTrained: Bool { false }
  var count: Int { 0 }
  var networks: [Network] { [] }
  var weightsDigest: String? { nil }

  func scoring(for task: Fairness.Task?) throws -> Scoring { throw Self.failure }

  func scores(of inputs: NetworkInputs, for task: Fairness.Task?, _ form: ScoreForm, outside: Int) throws
    -> Buffer<Float>
  {
    throw Self.failure
  }

  func score(
    features: UnsafePointer<Float>, rows: Int, by reader: any InputReader,
    into scores: UnsafeMutablePointer<Float>
  ) throws {
    throw Self.failure
  }

  func score(texts: TokenRows, into scores: UnsafeMutablePointer<Float>) throws { throw Self.failure }

  func soleNetwork() throws -> (network: Network, predictor: Predictor) { throw Self.failure }

  func described(reading reader: any InputReader) -> [JSONValue.Member] {
    [.init("trained", false), .init("architecture", architecture.encoded)]
  }
}
