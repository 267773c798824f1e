import Datasets
import Platform

/// Removes from numeric columns the part that a linear model of the groups explains, so that they are
/// uncorrelated with the groups (as Fairlearn's CorrelationRemover):
///
///     x' = x − λ · (s − s̄) · w        w: least squares of x on the centred group indicators, λ = `strength`
///
/// With indicators of all groups, least squares gives the groups' means: x' = x − λ · (mean of x in the row's
/// group − mean of x). The mean of x does not change.
public struct CorrelationRemover: TransformStep {
  var attributes: [String] = []
  var columns: [String] = []
  var strength = 1.0
  var intersect = false

  public init() {}

  public static let name = "correlation_remover"
  public static let summary =
    "Removes from columns of numbers the part that is linear in the groups, so that they are uncorrelated "
    + "with the groups."
  public static let fields: [ConfigField<CorrelationRemover>] = [
    ConfigField("attributes", \.attributes, "The sensitive attributes. Default: all."),
    ConfigField("columns", \.columns, "The columns that are changed. Default: all inputs that are numbers."),
    ConfigField(
      "strength", \.strength, in: 0...1,
      "How much of the linear part is removed: 0 nothing, 1 all."),
    ConfigField(
      "intersect", \.intersect,
      "Whether columns become uncorrelated with each combination of several attributes' groups; "
        + "otherwise with the groups of each attribute."),
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let whole = try rows.groups(attributes, at: work.pointer)
    let names = rows.named(attributes)
    let chosen = try intersect ? [whole] : names.map { try rows.groups([$0], at: work.pointer) }
    let numbers = try rows.numberColumns(columns, work)
    guard !numbers.isEmpty else { throw work.invalid("columns", "no input is a column of numbers") }
    let design = try GroupDesign(chosen, rows)
    var effects: [(name: String, effects: [Double])] = []
    for column in numbers {
      try HostCall.check()
      guard column.missingCount == 0 else {
        throw Failure.invalidColumn(
          column.name,
          "has \(column.missingCount) missing values; a step \"imputation\" before \(work.pointer) fills them"
        )
      }
      effects.append((column.name, try design.effects(of: column)))
    }
    let fitted = RemovedEffects(
      attributes: intersect ? [names] : names.map { [$0] }, groups: chosen.map(\.names), strength: strength,
      columns: effects)
    try fitted.apply(&rows)
    return fitted
  }

  public static func restore(_ reader: inout ByteReader) throws -> any FittedStep {
    try RemovedEffects(from: &reader)
  }
}
