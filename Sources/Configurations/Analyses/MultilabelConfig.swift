import Platform

/// The section "multilabel" of an audit.
public struct MultilabelConfig: Configuration {
  public var labels: [String] = []
  public var predictions: [String] = []
  public var scores: [String] = []

  public init() {}

  public static let summary =
    "Several labels with two classes each: an audit of each label, and metrics of all of them together."
  public static let fields: [ConfigField<MultilabelConfig>] = [
    ConfigField("labels", \.labels, "The columns of labels."),
    ConfigField("predictions", \.predictions, "The columns of decisions, in the order of the labels."),
    ConfigField(
      "scores", \.scores,
      "The columns of scores, in the order of the labels. Without decisions, the threshold turns scores "
        + "into decisions."),
  ]

  public func validate(at pointer: String) throws {
    guard labels.count > 1, Set(labels).count == labels.count else {
      throw Failure.invalidConfig("two or more different labels are needed", at: pointer + "/labels")
    }
    for (name, columns) in [("predictions", predictions), ("scores", scores)]
    where !columns.isEmpty && columns.count != labels.count {
      throw Failure.invalidConfig(
        "\(columns.count) columns for \(labels.count) labels; as many, or none, are accepted",
        at: "\(pointer)/\(name)")
    }
    guard !predictions.isEmpty || !scores.isEmpty else {
      throw Failure.invalidConfig("\"predictions\" or \"scores\" are needed", at: pointer)
    }
  }
}
