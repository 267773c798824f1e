import Fairness
import Formats

// How many outputs a network has for a task, and what a network's outputs may be for.
extension Fairness.Task {
  /// Whether a network of so many outputs can be scored for the task: of two classes one logit, or two.
  package func fits(outputs: Int) -> Bool {
    switch self {
    case .binary: outputs == 1 || outputs == 2
    case .multiclass(let classes): outputs == classes && classes > 0
    case .regression: outputs == 1
    }
  }

  /// The outputs of a new network for the task, and what becomes of them.
  var newOutputs: (count: Int, link: Network.Link) {
    switch self {
    case .binary: (1, .sigmoid)
    case .multiclass(let classes): (classes, .softmax)
    case .regression: (1, .identity)
    }
  }

  /// The task that the outputs of a network tell; nil: none, or several labels.
  ///
  /// - Parameter isRegression: what one output without a link is; false: it stays open.
  package init?(outputs: Int, link: Network.Link, isRegression: Bool) {
    switch link {
    case .identity where isRegression: self = .regression
    case .sigmoid where outputs == 1: self = .binary
    case .identity, .sigmoid: return nil
    case .softmax, .logits: self = outputs <= 2 ? .binary : .multiclass(classes: outputs)
    }
  }
}
