import Platform

/// The section "top_k" of an audit.
public struct TopKConfig: Configuration {
  public var k = [2, 3]
  public var columns = ConfigMap<String>()

  public init() {}

  public static let summary =
    "How often the true class is among the k classes with the highest scores, by group."
  public static let fields: [ConfigField<TopKConfig>] = [
    ConfigField("k", \.k, "The numbers of classes, each at least 1."),
    ConfigField(
      "columns", \.columns,
      "For each class, the column with its scores: {\"class\": \"column\"}. Default: the scores of the audited model."
    ),
  ]

  public func validate(at pointer: String) throws {
    for (index, count) in k.enumerated() where count < 1 {
      throw Failure.invalidConfig(
        "\(count) is not a number of classes; 1 or more is accepted", at: "\(pointer)/k/\(index)")
    }
  }
}
