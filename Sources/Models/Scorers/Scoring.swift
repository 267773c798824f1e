import EngineKernels
import Fairness
import Formats

/// Turns a network's outputs into scores: probabilities for classification, values for regression.
package struct Scoring {
  package enum Kind {
    /// The probability of the positive class, from one logit or two.
    case positive
    /// A probability for each class, by softmax.
    case classes
    /// An independent probability for each output, by sigmoid.
    case independent
    /// The unconverted outputs.
    case values
  }

  package let kind: Kind
  /// The number of the network's outputs per row.
  package let width: Int

  /// The scoring of outputs that do not come from a network.
  init(_ kind: Kind, width: Int) { (self.kind, self.width) = (kind, width) }

  /// - Parameter task: the task of the outputs; nil: as the file defines, or unconverted outputs if it
  ///   defines nothing.
  package init(network: Network, task: Fairness.Task?) {
    width = network.graph.outputWidth
    kind =
      switch (task, network.link) {
      case (.regression, _): .values
      case (.binary, _): .positive
      case (.multiclass, _): .classes
      case (nil, .identity): .values
      case (nil, .sigmoid): width == 1 ? .positive : .independent
      case (nil, .softmax): width == 2 ? .positive : .classes
      case (nil, .logits): width <= 2 ? .positive : .classes
      }
  }

  /// The number of scores per row.
  package var count: Int { kind == .positive ? 1 : width }

  // outputs (rows, width) → scores (rows, count)
  @inline(__always)
  package func write(_ outputs: UnsafePointer<Float>, rows: Int, to scores: UnsafeMutablePointer<Float>) {
    switch kind {
    case .values: scores.update(from: outputs, count: rows * width)
    case .positive where width == 1: activation_forward(ACTIVATION_SIGMOID, 0, outputs, scores, rows)
    case .positive:
      for row in 0..<rows { scores[row] = outputs[row * width + 1] - outputs[row * width] }
      activation_forward(ACTIVATION_SIGMOID, 0, scores, scores, rows)
    case .independent: activation_forward(ACTIVATION_SIGMOID, 0, outputs, scores, rows * width)
    case .classes: softmax_forward(outputs, scores, rows, width)
    }
  }
}
