import Platform

/// Weights that balance the inputs between groups: the inverse of the probability of a row's group given its
/// inputs (Rosenbaum and Rubin 1983; stabilized as in Robins, Hernán and Brumback 2000):
///
///     w = P(g) / P(g | x)
///
/// P(g | x) is estimated by a multinomial logistic regression on the inputs.
public struct InversePropensity: TransformStep {
  var attributes: [String] = []
  var columns: [String] = []
  var stabilized = true
  var smallest = 0.01
  var ridge = 1e-4

  public init() {}

  public static let name = "inverse_propensity"
  public static let summary =
    "Weights that make the groups' inputs alike: P(group) / P(group | inputs), by logistic regression."
  public static let fields: [ConfigField<InversePropensity>] = [
    ConfigField(
      "attributes", \.attributes, "The sensitive attributes, whose groups are intersected. Default: all."),
    ConfigField("columns", \.columns, "The columns in which groups become alike. Default: all inputs."),
    ConfigField("stabilized", \.stabilized, "Whether the numerator is P(group); otherwise it is 1."),
    ConfigField(
      "smallest", \.smallest, in: 1e-9...1,
      "The minimum probability of a group. Smaller probabilities are raised to it before the division."
    ),
    ConfigField("ridge", \.ridge, in: 0...1e6, "The ridge penalty of the logistic regression."),
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let groups = try rows.groups(attributes, at: work.pointer)
    guard groups.names.count > 1 else {
      throw work.invalid("attributes", "all rows are of one group; two or more are needed")
    }
    guard groups.names.count <= 100 else {
      throw work.invalid("attributes", "there are \(groups.names.count) groups; at most 100 are accepted")
    }
    let features = try FeatureMatrix(rows.columns(columns, at: work.pointer), work: work)
    let model = try LogisticRegression(
      features, codes: groups.codes, classes: groups.names.count, rows: rows, ridge: ridge)
    var shares = [Double](repeating: 0, count: groups.names.count)
    for row in 0..<rows.count where groups.codes.pointer[row] >= 0 {
      shares[Int(groups.codes.pointer[row])] += rows.weight(row)
    }
    let total = shares.reduce(0, +)
    let weights = try Buffer<Double>(count: rows.count, for: "weights")
    var (raised, greatest) = (0, 0.0)
    for row in 0..<rows.count {
      let group = Int(groups.codes.pointer[row])
      guard group >= 0 else {
        weights.pointer[row] = rows.weight(row)
        continue
      }
      let probability = model.probabilities(of: row, features)[group]
      if probability < smallest { raised += 1 }
      let factor =
        (stabilized ? shares[group] / max(total, .leastNormalMagnitude) : 1) / max(probability, smallest)
      greatest = max(greatest, factor)
      weights.pointer[row] = rows.weight(row) * factor
    }
    rows.weigh(weights)
    if raised > 0 {
      work.note(
        "for \(raised) rows the probability of their group was below \(smallest) and was raised to it: hardly any "
          + "other row of their group is like them")
    }
    return TrainingRowsOnly([
      "groups": .strings(groups.names), "rows_below_smallest": .integer(raised),
      "largest_factor": .finite(greatest),
    ])
  }
}
