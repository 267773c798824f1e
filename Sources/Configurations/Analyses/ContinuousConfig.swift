import Platform

/// The section "continuous" of an audit.
public struct ContinuousConfig: Configuration {
  public var columns: [String] = []
  public var sample = 2_000
  public var bins = 10
  public var seed = 0

  public init() {}

  public static let summary = "How far scores, decisions and errors depend on sensitive numbers, such as age."
  public static let fields: [ConfigField<ContinuousConfig>] = [
    ConfigField("columns", \.columns, "The columns of numbers; rows without a value are left out."),
    ConfigField(
      "sample", \.sample, in: 2...50_000,
      "The most rows of which the distance correlation is taken; of more, so many are drawn."),
    ConfigField(
      "bins", \.bins, in: 2...100, "Into how many bins the maximal correlation cuts each of the two."),
    ConfigField("seed", \.seed, "Of the rows drawn."),
  ]

  public func validate(at pointer: String) throws {
    if columns.isEmpty {
      throw Failure.invalidConfig("no column is named", at: pointer + "/columns")
    }
  }
}
