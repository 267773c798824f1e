import Datasets
import Platform

/// Gives every column the same distribution in all groups, and keeps the order within each group (Feldman et
/// al. 2015, section 5, "geometric" repair, with λ = `level`):
///
///     x' = (1 − λ) · x + λ · Q(F_g(x))        Q(u): the median, or mean, over the groups of their quantiles Q_g(u)
///
/// For columns of texts, the target share of each category is the mean over the groups. If a category is too
/// frequent in a group, some of its rows get categories that are too rare, by a random draw that depends only
/// on the row's values.
public struct DisparateImpactRemover: TransformStep {
  var attributes: [String] = []
  var columns: [String] = []
  var level = 1.0
  var target = Target.median

  /// The common distribution of all groups.
  enum Target: String, ConfigChoice, Sendable {
    case median, mean
    case lowerMedian = "lower_median"
  }

  public init() {}

  public static let name = "disparate_impact_remover"
  public static let summary =
    "Gives every column the same distribution in all groups and keeps the order within each group (Feldman "
    + "et al. 2015)."
  public static let fields: [ConfigField<DisparateImpactRemover>] = [
    ConfigField(
      "attributes", \.attributes, "The sensitive attributes, whose groups are intersected. Default: all."),
    ConfigField(
      "columns", \.columns, "The columns that are repaired. Default: all inputs of numbers and texts."),
    ConfigField("level", \.level, in: 0...1, "How far columns are repaired: 0 not at all, 1 completely."),
    ConfigField(
      "target", \.target,
      "The distribution that all groups get. median: the median of the groups' quantiles, for two groups "
        + "their mean; lower_median: the same, but for an even number of groups the lower of the middle two; "
        + "mean: the mean of their quantiles (the Wasserstein barycentre)."),
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let groups = try rows.groups(attributes, at: work.pointer)
    let strata = Strata(groups)
    let present = strata.counts.indices.filter { strata.counts[$0] > 0 }
    guard present.count > 1 else {
      throw work.invalid("attributes", "all rows are of one group; two or more are needed")
    }
    for place in present where strata.counts[place] < 10 {
      work.note(
        "group \"\(groups.names[place])\" has \(strata.counts[place]) rows, too few to estimate its distribution well"
      )
    }
    let repaired = try rows.columns(columns, at: work.pointer).filter { column in
      if case .tensor = column.values { return false }
      return true
    }
    let members = strata.rows
    let fitted = RepairedColumns(
      attributes: rows.named(attributes), groups: present.map { groups.names[$0] }, level: level,
      seed: work.random.next(),
      columns: try repaired.map { column in
        try HostCall.check()
        return column.isNumeric
          ? .numbers(try QuantileRepair(column, present.map { members[$0] }, target, groups.names))
          : .texts(try CategoryRepair(column, present.map { members[$0] }))
      })
    try fitted.apply(&rows)
    return fitted
  }

  public static func restore(_ reader: inout ByteReader) throws -> any FittedStep {
    try RepairedColumns(from: &reader)
  }
}
