import Fairness
import Platform

/// A mixture of networks as stored in `equipoise.json`.
struct RecordedMixture {
  let weights: [Double]
  let combination: NetworkMixture.Combination
  let rule: DecisionRule
  /// For each network, an object with its graph and the file of its weights.
  let networks: [JSONValue]

  init(_ mixture: NetworkMixture) {
    (weights, combination, rule, networks) = (mixture.weights, mixture.combination, mixture.rule, [])
  }

  func json(networks: [JSONValue]) -> JSONValue {
    [
      "combination": .string(combination.rawValue), "threshold": .number(Double(rule.threshold)),
      "weights": .numbers(weights), "networks": .array(networks),
    ]
  }

  /// - Throws: `invalidModel` at `path` for a damaged record.
  init(json: JSONValue, at path: String) throws {
    func broken(_ key: String) -> Failure {
      .invalidModel("its mixture has no valid \"\(key)\"", at: path)
    }
    guard let combination = (json["combination"]?.string).flatMap(NetworkMixture.Combination.init) else {
      throw broken("combination")
    }
    guard let threshold = json["threshold"]?.double, (0...1).contains(threshold) else {
      throw broken("threshold")
    }
    guard let weights = json["weights"]?.array, !weights.isEmpty, weights.count <= Self.most else {
      throw broken("weights")
    }
    guard let networks = json["networks"]?.array, networks.count == weights.count else {
      throw broken("networks")
    }
    self.weights = try weights.map { weight in
      guard let number = weight.double, (0...1).contains(number) else { throw broken("weights") }
      return number
    }
    (self.combination, self.networks) = (combination, networks)
    rule = DecisionRule(threshold: threshold)
  }

  /// More networks than reductions find, as a bound on what a damaged file can ask for.
  private static let most = 10_000
}
