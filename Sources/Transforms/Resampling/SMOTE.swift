import Datasets
import Neighbours
import Platform

/// Synthetic rows between rows of a small part and their nearest neighbours of that part (Chawla et al. 2002):
///
///     x_new = x + u · (x_neighbour − x)        u uniform in [0, 1)
///
/// for inputs that are numbers. Columns that are no inputs are those of the row that the new one starts from.
public struct SMOTE: TransformStep {
  var settings = SMOTESettings()

  public init() {}

  public static let name = "smote"
  public static let summary =
    "Makes rows between rows of small parts and their neighbours (Chawla et al. 2002)."
  public static let fields: [ConfigField<SMOTE>] = SMOTESettings.fields(\.settings)

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    TrainingRowsOnly(try settings.add(to: &rows, .numbers, &work))
  }
}

/// SMOTE for rows of numbers and categories (SMOTE-NC, Chawla et al. 2002, section 6.1): two different categories are as
/// far apart as the median deviation of the numbers, and a new row has the category that most of the neighbours have.
public struct SMOTENominalContinuous: TransformStep {
  var settings = SMOTESettings()
  var categorical: [String] = []

  public init() {}

  public static let name = "smote_nc"
  public static let summary = "SMOTE for rows of numbers and categories (Chawla et al. 2002, section 6.1)."
  public static let fields: [ConfigField<SMOTENominalContinuous>] =
    SMOTESettings.fields(\.settings) + [
      ConfigField("categorical", \.categorical, "Columns of integers that are categories, besides all texts.")
    ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    TrainingRowsOnly(try settings.add(to: &rows, .mixed(categorical), &work))
  }
}

/// SMOTE for categories alone (SMOTE-N, Chawla et al. 2002, section 6.2): rows are as far apart as their categories'
/// shares of the labels (the value difference metric, Wilson and Martinez 1997, with q = 2), and a new row has the
/// category that most of the row and its neighbours have.
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
