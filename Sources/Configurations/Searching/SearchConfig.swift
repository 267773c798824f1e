import Platform

/// The search for the best candidate among several configurations of a fine-tuning.
public struct SearchConfig: Configuration {
  public enum Method: String, ConfigChoice, Sendable { case grid, random, halving, asha, tpe }

  public var space = SearchSpace()
  public var method: Method?
  public var trials = 32
  public var halving = HalvingConfig()
  public var quality: String?
  public var folds: Int?
  public var repeats = 1
  public var certify = 0.2
  public var choose = ChoiceConfig()
  public var confidence = 0.95
  public var seed = 0
  public var directory: String?

  public init() {}

  public static let summary =
    "A search: several candidates are trained, and the best one is chosen by a stated rule (docs/search.md)."
  public static let fields: [ConfigField<SearchConfig>] = [
    ConfigField(
      "space", \.space,
      "What varies, and how: {\"/train/optimizer/learning_rate\": {\"from\": 0.001, \"to\": 0.1, \"scale\": "
        + "\"log\"}, \"/fairness/0/tolerance\": [0.05, 0.02]}. A key is the JSON pointer of any key of this "
        + "configuration; \"/model\" is the architecture of a new model, or \"base\" for the given model, and "
        + "\"/model/hidden\" is a key of the architecture. An array of such objects is a choice between spaces. "
        + "Default: the tolerances, and thresholds by group if the sensitive columns are inputs."),
    ConfigField(
      "method", \.method,
      "How candidates are proposed. grid: all combinations; random: independent draws (Bergstra and Bengio "
        + "2012); halving: many candidates with a small budget, of which the best continue with a larger one "
        + "(Jamieson and Talwalkar 2016); asha: the same without waiting for all candidates of a budget (Li et al. 2020); tpe: the tree-structured Parzen estimator (Bergstra et al. 2011). "
        + "Default: grid if all values are "
        + "listed and there are at most \"trials\" combinations, otherwise tpe."),
    ConfigField(
      "trials", \.trials, in: 1...100_000,
      "The number of candidates of random and tpe, and of those that begin in halving and asha; the maximum of grid."
    ),
    ConfigField("halving", \.halving, "The budgets of halving and asha."),
    ConfigField(
      "quality", \.quality,
      "The metric of all rows that is best among fair candidates: accuracy, balanced_accuracy, log_loss, or any "
        + "other metric with a direction. Default: accuracy; in a regression mse."),
    ConfigField(
      "folds", \.folds, in: 1...100,
      "The number of parts of cross-validation, stratified by label and group. Each row is judged by the model "
        + "that did not learn from its part. 1: a fifth of the rows is held out, once. Default: 1 if a fifth of "
        + "the rows can tell gaps from the tolerances, otherwise 5."),
    ConfigField(
      "repeats", \.repeats, in: 1...100, "How often cross-validation is repeated, with different parts."),
    ConfigField(
      "certify", \.certify, in: 0...0.9,
      "Without validation rows, the share of the training rows that only certifies the chosen model. 0: there is "
        + "no certificate."),
    ConfigField("choose", \.choose, "The rule by which a candidate is chosen."),
    ConfigField(
      "confidence", \.confidence, in: 0.75...0.999,
      "The probability with which a gap is at most its upper confidence bound."),
    ConfigField(
      "seed", \.seed, in: 0...Int.max,
      "The seed of the splits and of the proposed candidates. A training's weights depend on the number of threads as without a search."
    ),
    ConfigField(
      "directory", \.directory,
      "A folder in which finished candidates are kept. A search with the same configuration and rows that was "
        + "stopped continues there."),
  ]
}
