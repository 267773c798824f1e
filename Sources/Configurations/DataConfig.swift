import Platform

/// The meaning of the columns of a dataset; stored in a tuned model.
public struct DataConfig: Configuration {
  public var label: String?
  public var labels: [String] = []
  public var positive: OneOrMore?
  public var negative: OneOrMore?
  public var values = ConfigMap<LabelName>()
  public var missingLabels = MissingLabels.refuse
  public var sensitive: [SensitiveColumn] = []
  public var include: [String] = []
  public var exclude: [String] = []
  public var text: String?
  public var textPair: String?
  public var longTexts: LongTextsConfig?
  public var weight: String?
  public var sensitiveAsInput = false
  public var prediction: String?
  public var missingPredictions = MissingPredictions.refuse
  public var score: String?

  /// How rows without a label are treated.
  public enum MissingLabels: String, ConfigChoice, Sendable { case refuse, drop }

  /// How rows with a label but without a decision are treated.
  public enum MissingPredictions: String, ConfigChoice, Sendable { case refuse, abstained }

  public init() {}

  public static let summary = "The meaning of the columns. A tuned model stores it."
  public static let fields: [ConfigField<DataConfig>] = [
    ConfigField(
      "label", \.label,
      "The column to predict. For the task tokens, it contains the tags, one for each word of the text, "
        + "separated by blanks."
    ),
    ConfigField(
      "labels", \.labels,
      "For the task multilabel, the columns to predict, with two classes each."),
    ConfigField(
      "positive", \.positive,
      "The label, or labels, that count as the positive outcome of a binary task. Default: the model's; "
        + "otherwise the last of the two in sorted order (1 of 0 and 1, \"yes\" of \"no\" and \"yes\"), "
        + "which is noted in the report."),
    ConfigField(
      "negative", \.negative,
      "The label, or labels, that count as negative. Default: the label that is not positive; if there are "
        + "several, they must be named."
    ),
    ConfigField(
      "values", \.values,
      "The labels that other spellings of labels and decisions stand for: {\"approved\": 1, \"denied\": "
        + "0}. Without it, surrounding blanks and case are ignored, and 1, 1.0 and True are the same; any "
        + "other value that is not a label is an error."),
    ConfigField(
      "missing_labels", \.missingLabels,
      "refuse: rows without a label are an error; drop: they are left out and counted."),
    ConfigField(
      "sensitive", \.sensitive,
      "The sensitive attributes: columns whose groups are compared and constrained."),
    ConfigField(
      "include", \.include,
      "The input columns, in order. Default: every column except label, weight, sensitive and excluded "
        + "columns."),
    ConfigField("exclude", \.exclude, "Columns that are not inputs."),
    ConfigField("text", \.text, "The column of text, for text models."),
    ConfigField(
      "text_pair", \.textPair, "The column of each text's second part, for text models that judge pairs."),
    ConfigField(
      "long_texts", \.longTexts,
      "For text models, how texts with too many tokens are read. Default: they are truncated at their end."
    ),
    ConfigField(
      "weight", \.weight,
      "A column of row weights, at least 0, used in training and in every metric."),
    ConfigField(
      "sensitive_as_input", \.sensitiveAsInput,
      "Whether the sensitive columns are also inputs of the model."),
    ConfigField("prediction", \.prediction, "For audits without a model, the column of decisions."),
    ConfigField(
      "missing_predictions", \.missingPredictions,
      "refuse: rows without a decision are an error; abstained: they have no answer, as those of a model that "
        + "abstains; they are counted, and the other rows are measured."),
    ConfigField("score", \.score, "For audits without a model, the column of scores, usually probabilities."),
  ]
}
