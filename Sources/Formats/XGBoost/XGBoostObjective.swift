import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// What XGBoost makes of the trees' sums, by the objective's name.
struct XGBoostObjective {
  /// The key under which a network's metadata keep the objective.
  static let key = "xgboost.objective"

  /// The unit of base scores.
  private enum Base { case margin, logistic, logarithm }
  let name: String
  let link: Network.Link
  let ending: TreeEnding
  private let base: Base
  let isRegression: Bool

  /// - Throws: `unsupported` for an objective whose predictions are not known.
  init(_ name: String) throws {
    self.name = name
    switch name {
    case "binary:logistic": (link, ending, base, isRegression) = (.sigmoid, .none, .logistic, false)
    // Margins are what XGBoost predicts, and what it adds the base score to.
    case "binary:logitraw": (link, ending, base, isRegression) = (.sigmoid, .none, .margin, false)
    case "binary:hinge": (link, ending, base, isRegression) = (.sigmoid, .step, .margin, false)
    case "reg:logistic": (link, ending, base, isRegression) = (.identity, .sigmoid, .logistic, true)
    case "multi:softprob", "multi:softmax":
      (link, ending, base, isRegression) = (.softmax, .none, .margin, false)
    case "count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft":
      (link, ending, base, isRegression) = (.identity, .exponential, .logarithm, true)
    case "reg:squarederror", "reg:linear", "reg:absoluteerror", "reg:quantileerror", "reg:expectileerror",
      "reg:pseudohubererror", "reg:squaredlogerror", "rank:pairwise", "rank:ndcg", "rank:map":
      (link, ending, base, isRegression) = (.identity, .none, .margin, true)
    default:
      throw Failure.unsupported(
        "the objective \"\(name)\" is not supported; binary:*, multi:*, reg:*, count:poisson, rank:* and survival:* are",
        at: "/learner/objective/name")
    }
  }

  /// The margin of a base score, which is in the unit of the predictions.
  func margin(_ score: Double) -> Double {
    switch base {
    case .logistic: -log(1 / score - 1)
    case .logarithm: log(score)
    case .margin: score
    }
  }

  /// The base score of a margin.
  func score(_ margin: Double) -> Double {
    switch base {
    case .logistic: 1 / (1 + exp(-margin))
    case .logarithm: exp(margin)
    case .margin: margin
    }
  }
}
