import Platform

/// The section "continuous" of an audit.
public struct ContinuousConfig: Configuration {
  public var columns: [String] = []
  public var sample = 2_000
  public var bins = 10
  public var seed = 0

  public init() {}

  public static let summary =
    "How strongly scores, decisions and errors depend on sensitive numbers, such as age."
  public static let fields: [ConfigField<ContinuousConfig>] = [
    ConfigField("columns", \.columns, "The columns of numbers. Rows without a value are left out."),
    ConfigField(
      "sample", \.sample, in: 2...50_000,
      "The maximum number of rows from which the distance correlation is computed. From larger tables "
        + "this number of rows is drawn."),
    ConfigField(
      "bins", \.bins, in: 2...100,
      "The number of bins of each of the two variables for the maximal correlation."),
    ConfigField("seed", \.seed, "The seed of the drawn rows."),
  ]

  public func validate(at pointer: String) throws {
    if columns.isEmpty {
      throw Failure.invalidConfig("no column is named", at: pointer + "/columns")
    }
  }
}
