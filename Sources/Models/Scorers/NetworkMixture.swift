import Fairness
import Formats
import Platform

/// Several networks that read the same inputs, with a weight for each, as reductions find them.
package struct NetworkMixture {
  package enum Combination: String, CaseIterable, Sendable {
    /// The score is the share of the networks, by weight, whose decision is positive.
    case decisions
    /// The score is the weighted mean of the networks' scores.
    case scores
  }

  package let networks: [Network]
  /// One for each network; their sum is 1.
  package let weights: [Double]
  package let combination: Combination
  /// For decisions: the threshold of each network.
  package let rule: DecisionRule

  /// - Throws: `invalidModel` if there is no network, the weights are not shares, or the networks' outputs differ.
  package init(
    _ networks: [Network], weights: [Double], _ combination: Combination, rule: DecisionRule
  ) throws {
    guard let width = networks.first?.graph.outputWidth, networks.count == weights.count else {
      throw Failure.invalidModel("its mixture does not have one weight for each network")
    }
    guard weights.allSatisfy({ (0...1).contains($0) }), abs(weights.reduce(0, +) - 1) < 1e-6 else {
      throw Failure.invalidModel("the weights of its mixture are not shares of 1")
    }
    guard networks.allSatisfy({ $0.graph.outputWidth == width && $0.link == networks[0].link }) else {
      throw Failure.invalidModel("the networks of its mixture have different outputs")
    }
    (self.networks, self.weights, self.combination, self.rule) = (networks, weights, combination, rule)
  }

  /// Adds one network's part of the scores to `sum`.
  package func add(
    _ network: Int, _ scores: UnsafePointer<Float>, count: Int, to sum: UnsafeMutablePointer<Float>
  ) {
    let weight = Float(weights[network])
    switch combination {
    case .scores: for index in 0..<count { sum[index] += weight * scores[index] }
    case .decisions:
      // Rounded weights may add up to slightly more than 1.
      for index in 0..<count where rule.isPositive(scores[index]) { sum[index] = min(sum[index] + weight, 1) }
    }
  }
}
