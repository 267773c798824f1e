import Platform

/// Weights that give every class the same sum of weights, over all rows or within each group. The sum of all
/// weights (or of each group's weights) does not change.
///
///     w(y) = W / (K · W_y)        W: sum of weights, W_y: of class y, K: number of classes that occur
public struct LabelBalance: TransformStep {
  var within = Within.all
  var attributes: [String] = []

  public init() {}

  public static let name = "label_balance"
  public static let summary = "Weights that give every class the same sum of weights."
  public static let fields: [ConfigField<LabelBalance>] = [
    ConfigField("within", \.within, "Whether classes are balanced among all rows, or within each group."),
    ConfigField(
      "attributes", \.attributes,
      "If groups are used, the sensitive attributes, whose groups are intersected. Default: all."),
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let labels = try rows.requiredLabels(at: work.pointer)
    let groups = try within == .group ? rows.groups(attributes, at: work.pointer) : nil
    let sums = CellWeights.sums(rows, groups, labels)
    let classCount = labels.names.count
    var factors = [Double](repeating: .nan, count: sums.count)
    for group in 0..<sums.count / classCount {
      let own = Array(sums[group * classCount..<(group + 1) * classCount])
      let (total, present) = (own.reduce(0, +), own.filter { $0 > 0 }.count)
      for (label, sum) in own.enumerated() where sum > 0 {
        factors[group * classCount + label] = total / (Double(present) * sum)
      }
    }
    let fitted = CellWeights(
      attributes: rows.named(attributes), groups: groups?.names ?? [], classes: labels.names, factors: factors
    )
    try fitted.weigh(&rows, groups, labels)
    return fitted
  }

  public static func restore(_ reader: inout ByteReader) throws -> any FittedStep {
    try CellWeights(from: &reader)
  }
}

/// The rows over which shares are computed.
enum Within: String, ConfigChoice, Sendable { case all, group }
