import Platform

/// Drops rows that disagree with their nearest neighbours (Wilson 1972).
public struct EditedNearestNeighbours: TransformStep {
  var cleaning = BoundaryCleaning()
  var neighbours = 3
  var disagreement = Disagreement.any

  /// The number of neighbours with which a dropped row disagrees.
  enum Disagreement: String, ConfigChoice, Sendable { case any, most }

  public init() {}

  public static let name = "edited_nearest_neighbours"
  public static let summary = "Drops rows that disagree with their nearest neighbours (Wilson 1972)."
  public static let fields: [ConfigField<EditedNearestNeighbours>] =
    BoundaryCleaning.fields(\.cleaning) + [
      ConfigField("neighbours", \.neighbours, in: 1...1000, "The number of nearest neighbours of a row."),
      ConfigField(
        "disagreement", \.disagreement,
        "any: a row is dropped if any neighbour is of another part; most: if most neighbours are."),
    ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let strata = try cleaning.strata(rows, work)
    try rows.drop(
      cleaning.disagreeing(rows, strata, neighbours: neighbours, withAny: disagreement == .any, work))
    return TrainingRowsOnly()
  }
}
