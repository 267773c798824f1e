import Platform

/// What LightGBM makes of the trees' sums: the line "objective" of a file.
struct LightGBMObjective {
  /// The keys under which a network's metadata keep lines of the file.
  static let key = "lightgbm.objective"
  static let infosKey = "lightgbm.feature_infos"
  /// The parameter that holds the factor before a sigmoid.
  static let scaleName = "sigmoid"

  enum Ending { case none, exponential, softplus }
  let text: String
  let link: Network.Link
  private(set) var ending = Ending.none
  private(set) var isRegression = false
  /// Before the sigmoid.
  private(set) var scale: Float = 1

  /// - Throws: `unsupported` for an objective whose predictions are not a link of this library.
  init(_ text: String, outputs: Int) throws {
    self.text = text
    let words = text.split(separator: " ")
    for word in words.dropFirst() where word.hasPrefix("sigmoid:") {
      guard let value = Float(word.dropFirst("sigmoid:".count)), value.isFinite, value > 0 else {
        throw Failure.invalidModel("\"\(word)\" is not a factor")
      }
      scale = value
    }
    switch words.first ?? "" {
    case "binary", "multiclassova": link = .sigmoid
    case "cross_entropy", "xentropy":
      link = .sigmoid
      isRegression = true
    case "multiclass", "softmax": link = .softmax
    case "poisson", "gamma", "tweedie":
      (link, ending, isRegression) = (.identity, .exponential, true)
    case "cross_entropy_lambda", "xentlambda":
      (link, ending, isRegression) = (.identity, .softplus, true)
    case "regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg":
      if words.contains("sqrt") {
        throw Failure.unsupported("the objective \"\(text)\" (reg_sqrt) is not supported")
      }
      (link, isRegression) = (.identity, true)
    case "", "custom", "none": link = .identity
    default:
      throw Failure.unsupported(
        "the objective \"\(words.first ?? "")\" is not supported; binary, multiclass, multiclassova, cross_entropy, "
          + "regression and its kind, and lambdarank are")
    }
  }
}
