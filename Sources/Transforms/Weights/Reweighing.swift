import Platform

/// Weights that make label and group independent (Kamiran and Calders 2012, section 5.3):
///
///     w(g, y) = P(g) · P(y) / P(g, y)
///
/// for any number of groups (of one or more attributes) and classes. The sum of weights does not change if
/// every group has every class.
public struct Reweighing: TransformStep {
  var attributes: [String] = []

  public init() {}

  public static let name = "reweighing"
  public static let summary =
    "Weights that make label and group independent: P(group) P(label) / P(group, label) (Kamiran and Calders 2012)."
  public static let fields: [ConfigField<Reweighing>] = [
    ConfigField(
      "attributes", \.attributes, "The sensitive attributes, whose groups are intersected. Default: all.")
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let labels = try rows.requiredLabels(at: work.pointer)
    let groups = try rows.groups(attributes, at: work.pointer)
    let sums = CellWeights.sums(rows, groups, labels)
    let classCount = labels.names.count
    let total = sums.reduce(0, +)
    let ofGroup = groups.names.indices.map { group in
      (0..<classCount).reduce(0) { $0 + sums[group * classCount + $1] }
    }
    let ofClass = (0..<classCount).map { label in
      groups.names.indices.reduce(0) { $0 + sums[$1 * classCount + label] }
    }
    var factors = [Double](repeating: .nan, count: sums.count)
    for (place, sum) in sums.enumerated() {
      let (group, label) = (place / classCount, place % classCount)
      if sum > 0 {
        factors[place] = ofGroup[group] * ofClass[label] / (total * sum)
      } else if ofGroup[group] > 0, ofClass[label] > 0 {
        work.note(
          "no row of group \"\(groups.names[group])\" has the label \"\(labels.names[label])\": weights cannot make "
            + "label and group independent there")
      }
    }
    let fitted = CellWeights(
      attributes: rows.named(attributes), groups: groups.names, classes: labels.names, factors: factors)
    try fitted.weigh(&rows, groups, labels)
    return fitted
  }

  public static func restore(_ reader: inout ByteReader) throws -> any FittedStep {
    try CellWeights(from: &reader)
  }
}
