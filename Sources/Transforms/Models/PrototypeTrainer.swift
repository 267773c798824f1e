import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The loss of learned fair representations, its gradient, and Adam (Kingma and Ba 2015).
struct PrototypeTrainer {
  let fairness: Double
  let reconstruction: Double
  let prediction: Double
  let rate: Double
  /// The maximum batch size. Batches must be large, because the noise of a small batch's means would look
  /// like unfairness.
  private static let batch = 8192

  init(fairness: Double, reconstruction: Double, prediction: Double, rate: Double) {
    self.fairness = fairness
    self.reconstruction = reconstruction
    self.prediction = prediction
    self.rate = rate
  }

  /// - Returns: the mean loss of the last tenth of the steps.
  mutating func train(
    _ model: inout PrototypeModel, _ features: FeatureMatrix, labels: Buffer<Int32>, groups: GroupCodes,
    rows: TransformRows, steps: Int, _ random: inout RandomStream
  ) throws -> Double {
    let members = Strata(groups).rows.filter { !$0.isEmpty }
    var first = [Double](repeating: 0, count: model.parameters.count)
    var second = first
    var (last, counted) = (0.0, 0)
    // The same number of rows of each group, so that every group's mean is equally precise; weights restore
    // the groups' shares.
    let each = max(2, Self.batch / members.count)
    let isDrawn = members.contains { $0.count > each }
    var batch: [(row: Int, group: Int, weight: Double)] = []
    for step in 1...steps {
      try HostCall.check()
      if step == 1 || isDrawn { batch = Self.batch(members, each: each, rows: rows.count, &random) }
      let (loss, gradient) = gradient(model, features, labels, batch, groups: members.count)
      if step > steps - max(1, steps / 10) {
        last += loss
        counted += 1
      }
      let rate = self.rate * (step > steps / 2 ? 2 * (1 - Double(step - 1) / Double(steps)) : 1)
      let (one, two) = (1 - pow(0.9, Double(step)), 1 - pow(0.999, Double(step)))
      for place in gradient.indices {
        first[place] = 0.9 * first[place] + 0.1 * gradient[place]
        second[place] = 0.999 * second[place] + 0.001 * gradient[place] * gradient[place]
        model.parameters[place] -= rate * (first[place] / one) / ((second[place] / two).squareRoot() + 1e-8)
      }
    }
    guard model.parameters.allSatisfy(\.isFinite) else {
      throw Failure.invalidData(
        "the representation did not settle; a smaller \"learning_rate\" keeps it finite")
    }
    return last / Double(max(1, counted))
  }

  private static func batch(_ members: [[Int]], each: Int, rows: Int, _ random: inout RandomStream) -> [(
    row: Int, group: Int, weight: Double
  )] {
    members.enumerated().flatMap { group, own in
      let share = Double(own.count) / Double(rows)
      return own.count <= each
        ? own.map { ($0, group, share / Double(own.count)) }
        : (0..<each).map { _ in (own[random.below(own.count)], group, share / Double(each)) }
    }
  }

  /// The loss of a batch whose weights sum to 1, and its gradient.
  func gradient(
    _ model: PrototypeModel, _ features: FeatureMatrix, _ labels: Buffer<Int32>,
    _ batch: [(row: Int, group: Int, weight: Double)], groups: Int
  ) -> (loss: Double, gradient: [Double]) {
    let (width, count) = (model.width, model.count)
    let assignments = PrototypeAssignments(model, features, batch, groups: groups)
    var (loss, slopes) = parity(assignments)
    let outcomes = (0..<count).map { model.outcome($0) }
    let alphas = (0..<width).map { exp(model.parameters[count * width + $0]) }
    var gradient = [Double](repeating: 0, count: model.parameters.count)
    var error = [Double](repeating: 0, count: width)
    var outer = [Double](repeating: 0, count: count)
    for (place, entry) in batch.enumerated() {
      let row = features.values.pointer + entry.row * width
      for j in 0..<width { error[j] = -Double(row[j]) }
      var outcome = 0.0
      for k in 0..<count {
        outcome += assignments[place, k] * outcomes[k]
        for j in 0..<width { error[j] += assignments[place, k] * model.parameters[k * width + j] }
      }
      outcome = min(max(outcome, 1e-6), 1 - 1e-6)
      let label = Double(labels.pointer[entry.row])
      let squares = error.reduce(0) { $0 + $1 * $1 }
      loss +=
        entry.weight
        * (reconstruction * squares - prediction * (label * log(outcome) + (1 - label) * log(1 - outcome)))
      let slope = prediction * entry.weight * (outcome - label) / (outcome * (1 - outcome))
      // ∂L / ∂M_k of this row.
      let shareOfGroup = entry.weight / max(assignments.weights[entry.group], 1e-300)
      for k in 0..<count {
        outer[k] = slopes[entry.group * count + k] * shareOfGroup + slope * outcomes[k]
        for j in 0..<width {
          outer[k] += 2 * reconstruction * entry.weight * error[j] * model.parameters[k * width + j]
        }
      }
      let mean = (0..<count).reduce(0) { $0 + assignments[place, $1] * outer[$1] }
      for k in 0..<count {
        let byDistance = -assignments[place, k] * (outer[k] - mean)
        for j in 0..<width {
          let difference = Double(row[j]) - model.parameters[k * width + j]
          gradient[k * width + j] +=
            2 * reconstruction * entry.weight * assignments[place, k] * error[j] - 2 * byDistance * alphas[j]
            * difference
          gradient[count * width + j] += byDistance * alphas[j] * difference * difference
        }
        gradient[count * width + width + k] += slope * assignments[place, k] * outcomes[k] * (1 - outcomes[k])
      }
    }
    return (loss, gradient)
  }

  /// The term L_z of the loss, the mean distance of the groups' mean assignments, and its derivatives by those
  /// means, (groups, prototypes).
  private func parity(_ assignments: PrototypeAssignments) -> (loss: Double, slopes: [Double]) {
    let (groups, count) = (assignments.weights.count, assignments.count)
    var slopes = [Double](repeating: 0, count: groups * count)
    var loss = 0.0
    let pairs = Double(groups * (groups - 1) / 2)
    for a in 0..<groups {
      for b in 0..<a {
        for k in 0..<count {
          let difference = assignments.means[a * count + k] - assignments.means[b * count + k]
          loss += fairness * difference.magnitude / pairs
          let sign = difference > 0 ? 1.0 : difference < 0 ? -1.0 : 0.0
          slopes[a * count + k] += fairness * sign / pairs
          slopes[b * count + k] -= fairness * sign / pairs
        }
      }
    }
    return (loss, slopes)
  }
}
