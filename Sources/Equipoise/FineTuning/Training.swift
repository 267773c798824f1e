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
  /// - Throws: `invalidConfig` for a loss that does not fit the task.
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

/// Patterns of names, in which * is any text. `prefix` may be left out at the start of a name.
struct NamePattern {
  let pattern: String
  let prefix: String

  init(_ pattern: String, prefix: String = "") {
    self.pattern = pattern
    self.prefix = prefix
  }

  func matches(_ name: String) -> Bool {
    matchesWhole(name)
      || !prefix.isEmpty && name.hasPrefix(prefix) && matchesWhole(String(name.dropFirst(prefix.count)))
  }

  private func matchesWhole(_ name: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false).map(Array.init)
    let name = Array(name)
    guard let first = parts.first, let last = parts.last, name.starts(with: first) else { return false }
    if parts.count == 1 { return name == first }
    var position = first.count
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = Self.find(part, in: name, from: position) else { return false }
      position = found + part.count
    }
    return name.count - position >= last.count && name.suffix(last.count).elementsEqual(last)
  }

  private static func find(_ part: [Character], in name: [Character], from start: Int) -> Int? {
    guard name.count - start >= part.count else { return nil }
    return (start...(name.count - part.count)).first { name[$0..<$0 + part.count].elementsEqual(part) }
  }
}
