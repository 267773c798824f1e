import Platform

/// Weights with which the classes have given shares, such as those of the population in which the model will
/// be used (Saerens, Latinne and Decaestecker 2002, equation 2.4):
///
///     w(y) = π'(y) / π(y)         π': the requested share, π: the share in the rows
///
/// over all rows, or within each group, so that all groups have the same shares.
public struct Prevalence: TransformStep {
  var shares = ConfigMap<Double>()
  var within = Within.all
  var attributes: [String] = []

  public init() {}

  public static let name = "prevalence"
  public static let summary =
    "Weights that give the classes certain shares, among all rows or within each group."
  public static let fields: [ConfigField<Prevalence>] = [
    ConfigField(
      "shares", \.shares,
      "The share of each class, {\"yes\": 0.3, \"no\": 0.7}. One class may be left out; it gets the "
        + "remainder to 1."
    ),
    ConfigField(
      "within", \.within, "Whether classes have these shares among all rows, or within each group."),
    ConfigField(
      "attributes", \.attributes,
      "If groups are used, the sensitive attributes, whose groups are intersected. Default: all."),
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let labels = try rows.requiredLabels(at: work.pointer)
    let groups = try within == .group ? rows.groups(attributes, at: work.pointer) : nil
    let wanted = try wantedShares(labels, work)
    let sums = CellWeights.sums(rows, groups, labels)
    let classCount = labels.names.count
    var factors = [Double](repeating: .nan, count: sums.count)
    for group in 0..<sums.count / classCount {
      let own = Array(sums[group * classCount..<(group + 1) * classCount])
      let total = own.reduce(0, +)
      for (label, sum) in own.enumerated() where total > 0 {
        if sum > 0 {
          factors[group * classCount + label] = wanted[label] * total / sum
        } else if wanted[label] > 0 {
          let place = groups.map { " of group \"\($0.names[group])\"" } ?? ""
          throw work.invalid(
            "shares",
            "no row\(place) has the label \"\(labels.names[label])\", which is to have a share of \(wanted[label])"
          )
        }
      }
    }
    let fitted = CellWeights(
      attributes: rows.named(attributes), groups: groups?.names ?? [], classes: labels.names, factors: factors
    )
    try fitted.weigh(&rows, groups, labels)
    return fitted
  }

  private func wantedShares(_ labels: ClassCodes, _ work: StepWork) throws -> [Double] {
    var wanted = [Double?](repeating: nil, count: labels.names.count)
    for entry in shares.entries {
      guard let place = labels.names.firstIndex(of: entry.key) else {
        throw work.invalid(
          "shares/\(entry.key)",
          "\"\(entry.key)\" is not a class\(Suggestion.phrase(for: entry.key, among: labels.names))")
      }
      guard entry.value >= 0, entry.value <= 1 else {
        throw work.invalid("shares/\(entry.key)", "\(entry.value) is not a share; 0 to 1 is accepted")
      }
      wanted[place] = entry.value
    }
    let given = wanted.compactMap { $0 }
    let sum = given.reduce(0, +)
    let missing = wanted.indices.filter { wanted[$0] == nil }
    if missing.count == 1, sum <= 1 { wanted[missing[0]] = 1 - sum }
    let all = wanted.compactMap { $0 }
    guard all.count == wanted.count, abs(all.reduce(0, +) - 1) < 1e-6 else {
      throw work.invalid(
        "shares",
        "the shares of \(labels.names.prefix(20).map { "\"\($0)\"" }.joined(separator: ", ")) add up to \(sum); 1 is needed"
      )
    }
    return all
  }

  public static func restore(_ reader: inout ByteReader) throws -> any FittedStep {
    try CellWeights(from: &reader)
  }
}
