import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// How XGBoost converts the sums of trees, by the objective's name.
struct XGBoostObjective {
  /// The metadata key of the objective.
  static let key = "xgboost.objective"

  /// The unit of base scores.
  private enum Base { case margin, logistic, logarithm }
  let name: String
  let link: Network.Link
  let ending: TreeEnding
  private let base: Base
  let isRegression: Bool

  /// - Throws: `unsupported` for an objective whose conversion is unknown.
  init(_ name: String) throws {
    self.name = name
    switch name {
    case "binary:logistic": (link, ending, base, isRegression) = (.sigmoid, .none, .logistic, false)
    // XGBoost predicts margins for this objective, and adds the base score to them.
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

  /// The margin of a base score, which has the unit of predictions.
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
