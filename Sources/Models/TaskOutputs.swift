import Fairness
import Formats

// The number of outputs of a network for a task, and the possible tasks of a network's outputs.
extension Fairness.Task {
  /// Whether a network with this number of outputs fits the task; two classes need one logit or two.
  package func fits(outputs: Int) -> Bool {
    switch self {
    case .binary: outputs == 1 || outputs == 2
    case .multiclass(let classes): outputs == classes && classes > 0
    case .regression: outputs == 1
    }
  }

  /// The number of scores per row.
  package var scoreCount: Int {
    switch self {
    case .binary, .regression: 1
    case .multiclass(let classes): classes
    }
  }

  /// The outputs of a new network for the task, and their link function.
  var newOutputs: (count: Int, link: Network.Link) {
    switch self {
    case .binary: (1, .sigmoid)
    case .multiclass(let classes): (classes, .softmax)
    case .regression: (1, .identity)
    }
  }

  /// The task that a network's outputs imply; nil: none, or several labels.
  ///
  /// - Parameter isRegression: whether a single output without a link is a regression; false: its task is
  ///   unknown.
  package init?(outputs: Int, link: Network.Link, isRegression: Bool) {
    switch link {
    case .identity where isRegression: self = .regression
    case .sigmoid where outputs == 1: self = .binary
    case .identity, .sigmoid: return nil
    case .softmax, .logits: self = outputs <= 2 ? .binary : .multiclass(classes: outputs)
    }
  }
}
