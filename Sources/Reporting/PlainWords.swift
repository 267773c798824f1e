/// What a metric is called in a sentence. Names that are not here stand as they are: a report may hold any.
enum PlainWords {
  /// "the selection rate" and "of all that are judged, the share that is selected".
  static func title(_ metric: String) -> String { known[metric]?.title ?? metric.spaced }

  static func meaning(_ metric: String) -> String? { known[metric]?.meaning }

  /// Metrics that are shares of people, shown as per cent.
  static func isShare(_ metric: String) -> Bool { known[metric]?.isShare ?? false }

  static func value(_ value: Double, of metric: String) -> String {
    isShare(metric) ? NumberText.percent(value) : NumberText.plain(value)
  }

  private struct Words {
    let title: String
    let meaning: String
    var isShare = true
  }

  private static let known: [String: Words] = [
    "selection_rate": Words(title: "selection rate", meaning: "the share of people with a positive decision"),
    "base_rate": Words(title: "base rate", meaning: "the share of people whose outcome was positive"),
    "accuracy": Words(title: "accuracy", meaning: "the share of decisions that were right"),
    "error_rate": Words(title: "error rate", meaning: "the share of decisions that were wrong"),
    "balanced_accuracy": Words(
      title: "balanced accuracy", meaning: "the mean over the classes of the share that is found"),
    "tpr": Words(
      title: "true positive rate",
      meaning: "of those with a positive outcome, the share with a positive decision"),
    "fpr": Words(
      title: "false positive rate",
      meaning: "of those with a negative outcome, the share with a positive decision"),
    "tnr": Words(
      title: "true negative rate",
      meaning: "of those with a negative outcome, the share with a negative decision"),
    "fnr": Words(
      title: "false negative rate",
      meaning: "of those with a positive outcome, the share with a negative decision"),
    "precision": Words(title: "precision", meaning: "of the positive decisions, the share that was right"),
    "npv": Words(
      title: "negative predictive value", meaning: "of the negative decisions, the share that was right"),
    "auc": Words(
      title: "area under the ROC curve",
      meaning: "the chance that a positive case scores above a negative one", isShare: false),
    "mean_score": Words(title: "mean score", meaning: "the mean of the scores", isShare: false),
    "count": Words(title: "count", meaning: "the number of rows", isShare: false),
  ]
}

extension String {
  /// "demographic parity difference" of "demographic_parity_difference".
  var spaced: String { String(map { $0 == "_" ? " " : $0 }) }
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
