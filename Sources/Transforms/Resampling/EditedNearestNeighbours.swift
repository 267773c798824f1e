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
      ConfigField("neighbours", \.neighbours, in: 1...1000, "How many nearest neighbours a row has."),
      ConfigField(
        "disagreement", \.disagreement,
        "Whether a row goes that is of another part than any neighbour, or than most of them."),
    ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let strata = try cleaning.strata(rows, work)
    try rows.drop(
      cleaning.disagreeing(rows, strata, neighbours: neighbours, withAny: disagreement == .any, work))
    return TrainingRowsOnly()
  }
}
