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
    let bounded = fairness.indices.filter { fairness[$0].tolerance != nil }
    guard let first = bounded.first else {
      throw Failure.invalidConfig(
        "there is nothing to vary: no space is given, and no objective has a tolerance", at: "/search/space")
    }
    let tolerances =
      bounded.count == 1
      ? SearchSpace.Entry(
        pointer: "/fairness/\(first)/tolerance",
        values: .list(Self.shares.map { .number(Self.part($0, of: fairness[first].tolerance ?? 0)) }))
      : SearchSpace.Entry(pointer: "/fairness", values: .list(Self.shares.map(scaled)))
    let unconstrained = SearchSpace.Entry(pointer: "/fairness", values: .list([[]]))
    var spaces = [[tolerances], [unconstrained]]
    let methods = Self.shares.compactMap(thresholds)
    if !methods.isEmpty {
      spaces.append([unconstrained, SearchSpace.Entry(pointer: "/after", values: .list(methods))])
    }
    return SearchSpace(spaces)
  }

  /// A share of a tolerance, without the last digits that binary fractions add: 0.04 and not 0.04000000000000001.
  private static func part(_ share: Double, of tolerance: Double) -> Double {
    let digits = 1e9
    return tolerance * share < 1e6 ? (tolerance * share * digits).rounded() / digits : tolerance * share
  }

  /// The objectives with a share of every tolerance.
  private func scaled(_ share: Double) -> JSONValue {
    .array(
      fairness.map { entry in
        var entry = entry
        entry.tolerance = entry.tolerance.map { Self.part(share, of: $0) }
        return .object((entry.encoded.members ?? []).filter { $0.value != .null })
      })
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
    method.tolerance = Self.part(share, of: tolerance)
    return [method.entry.encoded]
  }
}
