import Configurations
import Engine
import Fairness
import Platform

extension OptimizerConfig {
  func optimizer(weightDecay: Double) -> any Optimizer {
    let decay = Float(weightDecay)
    switch name {
    case .sgd: return SGD(momentum: Float(momentum), nesterov: nesterov, weightDecay: decay)
    case .adam, .adamw:
      return Adam(
        beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon ?? 1e-8), weightDecay: decay,
        isDecoupled: name == .adamw)
    case .rmsprop:
      return RMSprop(
        decay: Float(self.decay), epsilon: Float(epsilon ?? 1e-8), momentum: Float(momentum),
        weightDecay: decay)
    case .adagrad: return Adagrad(epsilon: Float(epsilon ?? 1e-10), weightDecay: decay)
    }
  }
}

extension ScheduleConfig {
  func schedule(steps: Int) -> Schedule {
    let curve: Schedule.Curve =
      switch name {
      case .constant: .constant
      case .linear: .linear
      case .cosine: .cosine
      }
    return Schedule(curve, warmupSteps: Int((warmup * Double(steps)).rounded()), totalSteps: steps)
  }
}

extension LossConfig {
  /// - Throws: `invalidConfig` if the loss does not fit the task.
  func loss(for task: Fairness.Task, at pointer: String) throws -> any Loss {
    let isRegression = task == .regression
    switch name {
    case .auto: return isRegression ? SquaredError() : CrossEntropy(smoothing: Float(labelSmoothing))
    case .crossEntropy where !isRegression: return CrossEntropy(smoothing: Float(labelSmoothing))
    case .focal where !isRegression: return Focal(gamma: Float(gamma))
    case .squared where isRegression: return SquaredError()
    case .absolute where isRegression: return AbsoluteError()
    case .huber where isRegression: return Huber(delta: Float(delta))
    default:
      throw Failure.invalidConfig(
        "\"\(name.rawValue)\" does not fit the task \(task.name); "
          + (isRegression ? "squared, absolute and huber are" : "cross_entropy and focal are") + " accepted",
        at: pointer + "/name")
    }
  }
}
