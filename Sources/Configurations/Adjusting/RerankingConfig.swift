import Fairness
import Platform

extension ExposureReranking.Merit: ConfigChoice {}

/// Reranking: rows are ranked within queries under constraints on groups.
public struct RerankingConfig: AdjustmentMethod {
  public enum Algorithm: String, ConfigChoice, Sendable {
    case greedy = "det_greedy"
    case conservative = "det_cons"
    case relaxed = "det_relaxed"
    case sorted = "det_const_sort"
    case fairTopK = "fa_ir"
    case fairTopKGroups = "fa_ir_groups"
    case exposure

    /// nil for the algorithms for which some groups are protected.
    package var greedy: GreedyReranking? { GreedyReranking(rawValue: rawValue) }
  }

  /// The origin of the target shares.
  public enum Targets: String, ConfigChoice, Sendable { case rows, query }

  public var attribute: AttributeReference?
  public var query: String?
  public var algorithm = Algorithm.greedy
  public var targets = Targets.rows
  public var shares = ConfigMap<Double>()
  public var protected: [String] = []
  public var share: Double?
  public var significance = 0.1
  public var k = 100
  public var merit = ExposureReranking.Merit.rows
  public var tolerance = 0.0
  public var seed = 0
  public var minimumCount = 1
  public var unknownGroup = UnknownGroup.pooled

  public init() {}

  public static let method = "reranking"
  public static let stage = Adjustment.Stage.ranks
  public var entry: AdjustmentConfig { .reranking(self) }
  public static let summary =
    "Predictions get a rank within their query (column rank) under constraints on groups: minimum shares of the first rows, "
    + "or exposure. Scores and decisions do not change. For two classes and regression."
  public static let fields: [ConfigField<RerankingConfig>] = [
    ConfigField(
      "attribute", \.attribute,
      "The sensitive attribute, or a list for their intersection. Default: the first of \"sensitive\"."),
    ConfigField(
      "query", \.query,
      "The column that identifies the query of a row; null if all rows are one ranking. All rows of a query must be in "
        + "one call of prediction."),
    ConfigField(
      "algorithm", \.algorithm,
      "det_greedy, det_cons, det_relaxed, det_const_sort: every group has its target share of the first rows (Geyik et al. "
        + "2019); fa_ir: protected groups together have no fewer rows than a fair draw (Zehlike et al. 2017), fa_ir_groups: each of "
        + "them (Zehlike et al. 2022); exposure: "
        + "random rankings in which protected groups and all others get the same exposure (Singh and Joachims 2018)."
    ),
    ConfigField(
      "targets", \.targets,
      "The target shares of groups. rows: their shares among all rows that are learnt from; query: their shares among the "
        + "rows of the query."),
    ConfigField(
      "shares", \.shares,
      "Target shares instead of those of the rows, for every group: {\"A\": 0.4, \"B\": 0.6}; for fa_ir_groups, the "
        + "probabilities of the protected groups in a fair draw."),
    ConfigField(
      "protected", \.protected, "For fa_ir, fa_ir_groups and exposure, the groups that are protected."),
    ConfigField(
      "share", \.share, in: 0.001...0.999,
      "For fa_ir, the probability with which a row of a fair draw is protected. Default: the share of the protected groups "
        + "among all rows that are learnt from."),
    ConfigField(
      "significance", \.significance, in: 0.0001...0.5,
      "For fa_ir and fa_ir_groups, the probability with which a fair draw fails at any of the first k places."
    ),
    ConfigField(
      "k", \.k, in: 1...1000,
      "For fa_ir and fa_ir_groups (up to 200), the number of first places that are tested."),
    ConfigField(
      "merit", \.merit,
      "For exposure, what it is to be proportional to. rows: the number of rows; scores: the sum of their scores."
    ),
    ConfigField(
      "tolerance", \.tolerance, in: 0...1, "For exposure, the maximum difference of the exposures per merit."),
    ConfigField("seed", \.seed, in: 0...Int.max, "For exposure, the seed of the draws, one for each query."),
    ConfigField("minimum_count", \.minimumCount, in: 1...1_000_000, ThresholdsConfig.minimumCountText),
    ConfigField(
      "unknown_group", \.unknownGroup,
      "How rows are treated whose group is missing, did not occur, or had too few rows. pooled: they keep their share of "
        + "the query, and are not protected; refuse: they are an error."),
  ]

  public func validate(at pointer: String) throws {
    let comparesTwo = algorithm.greedy == nil
    func refuse(_ key: String, _ reason: String) -> Failure {
      .invalidConfig(reason, at: "\(pointer)/\(key)")
    }
    guard comparesTwo != protected.isEmpty else {
      throw refuse(
        "protected",
        comparesTwo
          ? "\"\(algorithm.rawValue)\" needs the groups that are protected"
          : "protected groups are for fa_ir, fa_ir_groups and exposure; \"shares\" are accepted")
    }
    let testsGroups = algorithm == .fairTopKGroups
    guard shares.entries.isEmpty || testsGroups || !comparesTwo && targets == .rows else {
      throw refuse(
        "shares",
        "shares of groups are for fa_ir_groups and the algorithms that begin with det_, with targets \"rows\""
      )
    }
    guard !testsGroups || k <= FairTopKGroups.most else {
      throw refuse("k", "\(k) is out of range; 1 to \(FairTopKGroups.most) is accepted for fa_ir_groups")
    }
    guard targets == .rows || !comparesTwo else {
      throw refuse("targets", "target shares of groups are for the algorithms that begin with det_")
    }
    guard share == nil || algorithm == .fairTopK else {
      throw refuse("share", "the share of protected rows is for fa_ir")
    }
    if let wrong = shares.entries.first(where: { !(0...1).contains($0.value) }) {
      throw refuse("shares", "\(wrong.value) is not a share; 0 to 1 is accepted")
    }
    let sum = shares.entries.reduce(0) { $0 + $1.value }
    guard shares.entries.isEmpty || (testsGroups ? sum < 1 : abs(sum - 1) < 1e-6) else {
      throw refuse(
        "shares", "the shares have the sum \(sum); \(testsGroups ? "less than 1" : "1") is accepted")
    }
    if testsGroups, let wrong = shares.entries.first(where: { !protected.contains($0.key) }) {
      throw refuse("shares", "\"\(wrong.key)\" is not among the protected groups")
    }
  }
}
