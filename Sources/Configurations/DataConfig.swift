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
  public var score: String?

  /// How rows without a label are treated.
  public enum MissingLabels: String, ConfigChoice, Sendable { case refuse, drop }

  public init() {}

  public static let summary = "What the columns mean; a tuned model remembers it."
  public static let fields: [ConfigField<DataConfig>] = [
    ConfigField(
      "label", \.label,
      "The column to predict. Of the task tokens: tags, one for each word of the text, with blanks between them."
    ),
    ConfigField("labels", \.labels, "Of the task multilabel: the columns to predict, of two classes each."),
    ConfigField(
      "positive", \.positive,
      "The label, or labels, that count as the positive outcome of a binary task. Default: the model's; else the last "
        + "of the two in sorted order (1 of 0 and 1, \"yes\" of \"no\" and \"yes\"), which reports say."),
    ConfigField(
      "negative", \.negative,
      "The label, or labels, that count as negative. Default: the one that is not positive; several must be named."
    ),
    ConfigField(
      "values", \.values,
      "What other spellings of labels and decisions stand for: {\"approved\": 1, \"denied\": 0}. Without it blanks, "
        + "case, and 1, 1.0 and True are not told apart; any other value that is no label is an error."),
    ConfigField(
      "missing_labels", \.missingLabels,
      "Whether rows without a label are an error, or are left out and counted."),
    ConfigField(
      "sensitive", \.sensitive,
      "Columns that say who a person is, by whose groups the model is measured and constrained."),
    ConfigField(
      "include", \.include,
      "The input columns, in order. Default: every column but label, weight, sensitive and excluded ones."),
    ConfigField("exclude", \.exclude, "Columns that are no inputs."),
    ConfigField("text", \.text, "The column of text, for text models."),
    ConfigField(
      "text_pair", \.textPair, "The column of each text's second part, for text models that judge pairs."),
    ConfigField(
      "long_texts", \.longTexts,
      "Of text models: how texts are read that have more tokens than fit. Default: they are cut at their end."
    ),
    ConfigField("weight", \.weight, "A column of row weights, 0 or more, for training and for every metric."),
    ConfigField(
      "sensitive_as_input", \.sensitiveAsInput, "Whether the model also sees the sensitive columns."),
    ConfigField("prediction", \.prediction, "For audits without a model: the column of decisions."),
    ConfigField("score", \.score, "For audits without a model: the column of scores, probabilities."),
  ]
}
