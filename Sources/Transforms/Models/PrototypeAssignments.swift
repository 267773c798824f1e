/// The probabilities with which a batch's rows belong to the prototypes of a learned fair representation, and
/// their means by group.
struct PrototypeAssignments {
  /// The number of prototypes.
  let count: Int
  /// The weight of each group's rows in the batch.
  let weights: [Double]
  /// The mean of M_k by group, (groups, prototypes).
  let means: [Double]
  /// (rows of the batch, prototypes)
  private let all: [Double]

  init(
    _ model: PrototypeModel, _ features: FeatureMatrix, _ batch: [(row: Int, group: Int, weight: Double)],
    groups: Int
  ) {
    let count = model.count
    var all = [Double](repeating: 0, count: batch.count * count)
    var means = [Double](repeating: 0, count: groups * count)
    var weights = [Double](repeating: 0, count: groups)
    var own = [Double](repeating: 0, count: count)
    for (place, entry) in batch.enumerated() {
      model.probabilities(features.values.pointer + entry.row * model.width, &own)
      weights[entry.group] += entry.weight
      for k in 0..<count {
        all[place * count + k] = own[k]
        means[entry.group * count + k] += entry.weight * own[k]
      }
    }
    for group in 0..<groups { for k in 0..<count { means[group * count + k] /= max(weights[group], 1e-300) } }
    (self.count, self.weights, self.means, self.all) = (count, weights, means, all)
  }

  /// The probability M_k of the batch's row at `place`.
  subscript(_ place: Int, _ k: Int) -> Double { all[place * count + k] }
}
