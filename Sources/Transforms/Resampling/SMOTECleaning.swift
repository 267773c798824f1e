import Platform

/// SMOTE, followed by dropping the rows of all parts that form Tomek links (Batista, Bazzan and Monard 2003).
public struct SMOTETomek: TransformStep {
  var settings = SMOTESettings()

  public init() {}

  public static let name = "smote_tomek"
  public static let summary =
    "SMOTE, after which rows of all parts that form Tomek links are dropped (Batista et al. 2003)."
  public static let fields: [ConfigField<SMOTETomek>] = SMOTESettings.fields(\.settings)

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let learnt = try settings.add(to: &rows, .numbers, &work)
    let cleaning = settings.cleaning
    let strata = try cleaning.strata(rows, work)
    try rows.drop(cleaning.tomekLinks(rows, strata, work))
    return TrainingRowsOnly(learnt)
  }
}

/// SMOTE, followed by dropping the rows of all parts that disagree with their neighbours (Batista, Prati and
/// Monard 2004).
public struct SMOTEEdited: TransformStep {
  var settings = SMOTESettings()
  var editing = 3

  public init() {}

  public static let name = "smote_enn"
  public static let summary =
    "SMOTE, after which rows of all parts that disagree with any neighbour are dropped (Batista et al. 2004)."
  public static let fields: [ConfigField<SMOTEEdited>] =
    SMOTESettings.fields(\.settings) + [
      ConfigField(
        "editing_neighbours", \.editing, in: 1...1000,
        "The number of nearest neighbours that a row is compared with.")
    ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let learnt = try settings.add(to: &rows, .numbers, &work)
    let cleaning = settings.cleaning
    let strata = try cleaning.strata(rows, work)
    try rows.drop(cleaning.disagreeing(rows, strata, neighbours: editing, withAny: true, work))
    return TrainingRowsOnly(learnt)
  }
}

extension SMOTESettings {
  /// The cleaning of all parts of these rows.
  fileprivate var cleaning: BoundaryCleaning {
    var cleaning = BoundaryCleaning()
    (cleaning.by, cleaning.attributes) = (sampling.by, sampling.attributes)
    (cleaning.columns, cleaning.scaled, cleaning.parts) = (columns, scaled, .all)
    return cleaning
  }
}
