import Configurations
import Fairness
import Formats
import Platform

/// The space of a search that states none: the tolerances of the constraints and, if prediction may read the groups,
/// thresholds by group after a training without constraints. For a new network with hidden layers, also a logistic model,
/// the same network with dropout and, if XGBoost's library is installed, boosted trees: which of them is best depends on
/// the table.
struct SearchDefaults {
  /// Shares of the tolerances. Small ones leave room for a confidence bound between gap and tolerance.
  private static let shares = [1.5, 1, 0.8, 0.6, 0.45, 0.3, 0.2, 0.1]

  private let fairness: [FairnessConfig]
  private let task: Fairness.Task
  private let data: DataConfig
  /// The architectures of further kinds of model.
  private let kinds: [ArchitectureConfig]
  /// The most candidates.
  private let trials: Int

  /// The shares for further kinds of model.
  private static let fewShares = [1, 0.6, 0.3, 0.1]
  private static let dropout = 0.2

  /// - Parameter architecture: that of a base model without weights; nil: the base model has weights.
  init(
    _ config: FineTuneConfig, _ data: DataConfig, task: Fairness.Task, architecture: ArchitectureConfig?,
    trials: Int
  ) {
    (fairness, self.task, self.data, self.trials) = (config.fairness, task, data, trials)
    // Patterns of frozen parameters name the layers of one architecture.
    guard let architecture, architecture.kind == .mlp, !architecture.hidden.isEmpty,
      config.train.freeze.isEmpty
    else {
      kinds = []
      return
    }
    var (linear, regularized, trees) = (architecture, architecture, architecture)
    linear.hidden = []
    regularized.dropout = Self.dropout
    trees.kind = .trees
    // Trees have no heads, and are not compared with switched copies of rows.
    let growsTrees =
      config.train.head == nil && config.fairness.allSatisfy { $0.objective != .counterfactual }
      && XGBoostLibrary.isInstalled
    kinds =
      [linear] + (architecture.dropout == 0 ? [regularized] : []) + (growsTrees ? [trees] : [])
  }

  /// - Throws: `invalidConfig` if there is nothing that could vary.
  func space() throws -> SearchSpace {
    let bounded = fairness.indices.filter { fairness[$0].tolerance != nil }
    guard let first = bounded.first else {
      throw Failure.invalidConfig(
        "there is nothing to vary: no space is given, and no objective has a tolerance", at: "/search/space")
    }
    func tolerances(_ shares: [Double]) -> SearchSpace.Entry {
      bounded.count == 1
        ? SearchSpace.Entry(
          pointer: "/fairness/\(first)/tolerance",
          values: .list(shares.map { .number(Self.part($0, of: fairness[first].tolerance ?? 0)) }))
        : SearchSpace.Entry(pointer: "/fairness", values: .list(shares.map(scaled)))
    }
    let unconstrained = SearchSpace.Entry(pointer: "/fairness", values: .list([[]]))
    var spaces = [[tolerances(Self.shares)], [unconstrained]]
    let methods = Self.shares.compactMap(thresholds)
    if !methods.isEmpty {
      spaces.append([unconstrained, SearchSpace.Entry(pointer: "/after", values: .list(methods))])
    }
    /// - Parameter ofTrees: the shares for trees, which are often the most accurate kind.
    func withKinds(ofTrees shares: [Double]) -> SearchSpace {
      SearchSpace(
        spaces
          + kinds.flatMap { kind in
            let model = SearchSpace.Entry(pointer: "/model", values: .list([kind.encoded]))
            let own = kind.kind == .trees ? shares : Self.fewShares
            return [[model, tolerances(own)], [model, unconstrained]]
          })
    }
    let whole = [Self.shares, Self.fewShares].map(withKinds)
    return whole.first { $0.combinations <= trials } ?? SearchSpace(spaces)
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
