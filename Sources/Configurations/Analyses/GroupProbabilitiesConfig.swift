import Platform

/// The section "group_probabilities" of an audit.
public struct GroupProbabilitiesConfig: Configuration {
  public var attribute = "group"
  public var columns = ConfigMap<String>()
  public var cells: [String] = []
  public var bins = 10

  public init() {}

  public static let summary =
    "Rates and gaps for groups that are not observed, from the probability of each group for every row: estimates, and "
    + "the bounds that the probabilities leave possible."
  public static let fields: [ConfigField<GroupProbabilitiesConfig>] = [
    ConfigField("attribute", \.attribute, "The name of the attribute in the report."),
    ConfigField(
      "columns", \.columns,
      "For each group, the column with its probability: {\"A\": \"p_a\", \"B\": \"p_b\"}. The probabilities of a row have the "
        + "sum 1."),
    ConfigField(
      "cells", \.cells,
      "The columns whose values determine the probabilities, such as a place and a name: the bounds use the share of each "
        + "group among rows with the same values. Default: rows with similar probabilities."),
    ConfigField(
      "bins", \.bins, in: 1...100,
      "Without cells, the number of intervals into which the range of each probability is divided; rows with all "
        + "probabilities in the same intervals are a cell."),
  ]

  public func validate(at pointer: String) throws {
    guard columns.entries.count != 1, Set(columns.entries.map(\.key)).count == columns.entries.count else {
      throw Failure.invalidConfig(
        "two or more groups are compared, each named once", at: pointer + "/columns")
    }
  }
}
