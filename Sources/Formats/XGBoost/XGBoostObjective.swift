import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// What XGBoost makes of the trees' sums, by the objective's name.
struct XGBoostObjective {
  /// The key under which a network's metadata keep the objective.
  static let key = "xgboost.objective"

  private enum Form { case logistic, identity, logarithm, classes }
  let name: String
  private let form: Form

  /// - Throws: `unsupported` for an objective whose predictions are not a link of this library.
  init(_ name: String) throws {
    self.name = name
    switch name {
    case "binary:logistic", "reg:logistic", "binary:logitraw": form = .logistic
    case "multi:softprob", "multi:softmax": form = .classes
    case "count:poisson", "reg:gamma", "reg:tweedie": form = .logarithm
    case "reg:squarederror", "reg:linear", "reg:absoluteerror", "reg:quantileerror", "reg:pseudohubererror",
      "reg:squaredlogerror", "rank:pairwise", "rank:ndcg", "rank:map":
      form = .identity
    default:
      throw Failure.unsupported(
        "the objective \"\(name)\" is not supported; binary:logistic, multi:softprob, multi:softmax, reg:*, "
          + "count:poisson and rank:* are", at: "/learner/objective/name")
    }
  }

  var isLogarithmic: Bool { form == .logarithm }
  var isRegression: Bool { form == .logarithm || form == .identity || name == "reg:logistic" }

  func link(outputs: Int) -> Network.Link {
    switch form {
    case .logistic: .sigmoid
    case .classes: .softmax
    case .identity, .logarithm: .identity
    }
  }

  /// The margin of a base score, which is in the unit of the predictions.
  func margin(_ score: Double) -> Double {
    switch form {
    case .logistic: -log(1 / score - 1)
    case .logarithm: log(score)
    case .identity, .classes: score
    }
  }

  /// The base score of a margin.
  func score(_ margin: Double) -> Double {
    switch form {
    case .logistic: 1 / (1 + exp(-margin))
    case .logarithm: exp(margin)
    case .identity, .classes: margin
    }
  }
}
