import Configurations
import Fairness
import Platform

/// The space of a search that states none: the tolerances of the constraints and, if prediction may read the groups,
/// thresholds by group after a training without constraints.
struct SearchDefaults {
  /// Shares of the tolerances. Small ones leave room for a confidence bound between gap and tolerance.
  private static let shares = [1.5, 1, 0.8, 0.6, 0.45, 0.3, 0.2, 0.1]

  private let fairness: [FairnessConfig]
  private let task: Fairness.Task
  private let data: DataConfig

  init(_ config: FineTuneConfig, _ data: DataConfig, task: Fairness.Task) {
    (fairness, self.task, self.data) = (config.fairness, task, data)
  }

  /// - Throws: `invalidConfig` if there is nothing that could vary.
  func space() throws -> SearchSpace {
    guard fairness.contains(where: { $0.tolerance != nil }) else {
      throw Failure.invalidConfig(
        "there is nothing to vary: no space is given, and no objective has a tolerance", at: "/search/space")
    }
    let scaled = Self.shares.map { share -> JSONValue in
      .array(
        fairness.map { entry in
          var entry = entry
          entry.tolerance = entry.tolerance.map { $0 * share }
          return entry.encoded
        })
    }
    var spaces = [[SearchSpace.Entry(pointer: "/fairness", values: .list(scaled + [[]]))]]
    let methods = Self.shares.compactMap(thresholds)
    if !methods.isEmpty {
      spaces.append([
        SearchSpace.Entry(pointer: "/fairness", values: .list([[]])),
        SearchSpace.Entry(pointer: "/after", values: .list(methods)),
      ])
    }
    return SearchSpace(spaces)
  }

  /// Thresholds by group instead of the only constraint, at a share of its tolerance; nil if they do not apply.
  private func thresholds(_ share: Double) -> JSONValue? {
    guard task == .binary, data.sensitiveAsInput, fairness.count == 1, let entry = fairness.first,
      let tolerance = entry.tolerance, entry.objective != .statistic,
      let constraint = ThresholdConstraint(rawValue: entry.objective.rawValue)
    else { return nil }
    var method = ThresholdsConfig()
    method.constraint = constraint
    method.attribute = entry.attribute
    method.tolerance = tolerance * share
    return [method.entry.encoded]
  }
}
