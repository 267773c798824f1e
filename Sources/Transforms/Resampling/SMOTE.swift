import Datasets
import Neighbours
import Platform

/// Adds synthetic rows between rows of a small part and their nearest neighbours in the same part (Chawla et
/// al. 2002):
///
///     x_new = x + u · (x_neighbour − x)        u uniform in [0, 1)
///
/// Inputs must be numbers. Columns that are not inputs are copied from the row x.
public struct SMOTE: TransformStep {
  var settings = SMOTESettings()

  public init() {}

  public static let name = "smote"
  public static let summary =
    "Creates rows between rows of small parts and their neighbours (Chawla et al. 2002)."
  public static let fields: [ConfigField<SMOTE>] = SMOTESettings.fields(\.settings)

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    TrainingRowsOnly(try settings.add(to: &rows, .numbers, &work))
  }
}

/// SMOTE for rows of numbers and categories (SMOTE-NC, Chawla et al. 2002, section 6.1). The distance of two
/// different categories is the median deviation of the numbers; a new row gets the most frequent category of
/// the neighbours.
public struct SMOTENominalContinuous: TransformStep {
  var settings = SMOTESettings()
  var categorical: [String] = []

  public init() {}

  public static let name = "smote_nc"
  public static let summary = "SMOTE for rows of numbers and categories (Chawla et al. 2002, section 6.1)."
  public static let fields: [ConfigField<SMOTENominalContinuous>] =
    SMOTESettings.fields(\.settings) + [
      ConfigField(
        "categorical", \.categorical,
        "Columns of integers that are categories, in addition to all columns of text.")
    ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    TrainingRowsOnly(try settings.add(to: &rows, .mixed(categorical), &work))
  }
}

/// SMOTE for rows of categories (SMOTE-N, Chawla et al. 2002, section 6.2). Distances are those of the
/// categories' shares of the labels (the value difference metric, Wilson and Martinez 1997, with q = 2); a
/// new row gets the most frequent category of the row and its neighbours.
public struct SMOTENominal: TransformStep {
  var settings = SMOTESettings()

  public init() {}

  public static let name = "smote_n"
  public static let summary = "SMOTE for rows of categories (Chawla et al. 2002, section 6.2)."
  public static let fields: [ConfigField<SMOTENominal>] = SMOTESettings.fields(\.settings)

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    TrainingRowsOnly(try settings.add(to: &rows, .categories, &work))
  }
}
