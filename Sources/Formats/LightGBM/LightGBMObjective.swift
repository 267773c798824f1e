import Platform

/// How LightGBM converts the sums of the trees, from the line "objective" of a file.
struct LightGBMObjective {
  /// The metadata key of the objective's line.
  static let key = "lightgbm.objective"
  static let infosKey = "lightgbm.feature_infos"
  /// The metadata key of header lines that this library does not use, and of the block of parameters.
  static let headerKey = "lightgbm.header"
  static let parametersKey = "lightgbm.parameters"
  /// The metadata key of the line of category names, if the names could not be assigned to columns.
  static let categoriesKey = "lightgbm.pandas_categorical"
  /// The name of the parameter with the factor of a sigmoid.
  static let scaleName = "sigmoid"

  let text: String
  let link: Network.Link
  private(set) var ending = TreeEnding.none
  private(set) var isRegression = false
  /// The factor of a sigmoid's argument.
  private(set) var scale: Float = 1

  /// - Throws: `unsupported` for an objective whose conversion is not supported.
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
      // The trees were fitted to square roots of labels (reg_sqrt).
      (link, ending, isRegression) = (.identity, words.contains("sqrt") ? .signedSquare : .none, true)
    case "", "custom", "none": link = .identity
    default:
      throw Failure.unsupported(
        "the objective \"\(words.first ?? "")\" is not supported; binary, multiclass, multiclassova, cross_entropy, "
          + "regression and its kind, and lambdarank are")
    }
  }
}
