import Platform

/// What LightGBM makes of the trees' sums: the line "objective" of a file.
struct LightGBMObjective {
  /// The keys under which a network's metadata keep lines of the file.
  static let key = "lightgbm.objective"
  static let infosKey = "lightgbm.feature_infos"
  /// Lines of the header that this library does not know, and the block of parameters.
  static let headerKey = "lightgbm.header"
  static let parametersKey = "lightgbm.parameters"
  /// The line of names that no column of categories could be found for.
  static let categoriesKey = "lightgbm.pandas_categorical"
  /// The parameter that holds the factor before a sigmoid.
  static let scaleName = "sigmoid"

  let text: String
  let link: Network.Link
  private(set) var ending = TreeEnding.none
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
    case "cross_entropy", "xentropy": (link, ending, isRegression) = (.identity, .sigmoid, true)
    case "multiclass", "softmax": link = .softmax
    case "poisson", "gamma", "tweedie":
      (link, ending, isRegression) = (.identity, .exponential, true)
    case "cross_entropy_lambda", "xentlambda":
      (link, ending, isRegression) = (.identity, .softplus, true)
    case "regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg":
      // The square roots of labels were learnt (reg_sqrt).
      (link, ending, isRegression) = (.identity, words.contains("sqrt") ? .signedSquare : .none, true)
    case "", "custom", "none": link = .identity
    default:
      throw Failure.unsupported(
        "the objective \"\(words.first ?? "")\" is not supported; binary, multiclass, multiclassova, cross_entropy, "
          + "regression and its kind, and lambdarank are")
    }
  }
}
