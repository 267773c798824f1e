import Platform

/// Drops rows that form Tomek links: two rows of different parts that are each other's nearest neighbour (Tomek 1976).
public struct TomekLinks: TransformStep {
  var cleaning = BoundaryCleaning()

  public init() {}

  public static let name = "tomek_links"
  public static let summary =
    "Drops rows that form Tomek links: two rows of different parts that are each other's nearest "
    + "neighbours (Tomek 1976)."
  public static let fields: [ConfigField<TomekLinks>] = BoundaryCleaning.fields(\.cleaning)

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let strata = try cleaning.strata(rows, work)
    try rows.drop(cleaning.tomekLinks(rows, strata, work))
    return TrainingRowsOnly()
  }
}
