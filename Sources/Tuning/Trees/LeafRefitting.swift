import Engine
import Fairness
import Formats
import Models
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Leaves as boosting would have made them from a part of its rows.
///
/// The leaves of a boosted model remember the labels of the rows that it was grown on. Rows that a training of the
/// leaves sets aside are therefore not unseen: every leaf has learnt from them before. This type computes every tree's
/// leaves again from the other rows, with the same splits, in the order of the trees (Friedman 2001; Chen and Guestrin
/// 2016, equation 5):
///
///     value of a leaf = − rate · Σ g / (Σ h + λ)      over the leaf's rows
///
/// g and h are the slope and the curvature of the loss at the sum of the trees before. Files do not hold the rate and
/// λ. They are fitted to the leaves of the file, which also tells whether the model was grown on these rows.
struct LeafRefitting {
  /// The index of the leaves among the network's parameters.
  let parameter: Int
  private let model: TreeModel
  private let rows: TrainingRows
  /// The factor from a value of the file to its part of an output.
  private let unit: Double
  /// What the leaves of a tree share, by tree: some tools add the outputs before the first tree to its leaves.
  private var shared: [Int: Double] = [:]
  /// The outputs before the first tree.
  private var start: [Double]
  private var rate = 0.0
  private var lambda = 0.0

  /// The share of the leaves' variance that the formula explains for a model that was grown on other rows is smaller.
  private static let leastExplained = 0.9
  private static let lambdas = [0.0, 1, 10]

  /// - Parameters:
  ///   - rows: the rows, routed to their leaves.
  /// - Returns: nil if the network is no boosted ensemble, or was not grown on these rows and labels.
  init?(_ network: Network, _ rows: TrainingRows) {
    guard let model = try? TreeModel(network, refusal: { $0 }), model.ending == .none,
      rows.targets.count == 1,
      rows.words == nil, let (place, ensemble) = network.graph.soleEnsemble,
      rows.inputs.width == model.trees.trees.count, ensemble.sums.factor == 1,
      case .parameter(let parameter) = network.graph[network.graph.nodes[place].inputs[1]].source
    else { return nil }
    switch rows.targets[0].labels.task {
    case .binary, .regression: guard model.trees.outputs == 1 else { return nil }
    case .multiclass(let classes): guard model.trees.outputs == classes else { return nil }
    }
    (self.parameter, self.model, self.rows) = (parameter, model, rows)
    unit = Double(model.scale)
    start = model.bias.map { Double($0) * Double(model.scale) }
    guard unit != 0, rows.rows > 0 else { return nil }
    findShared()
    guard fit() else { return nil }
  }

  /// Whether the trees of a network may remember the labels of rows: they were grown on them, and have more than one leaf
  /// for every two rows. Leaves that are computed again do not show it, because their splits separate the labels.
  static func mayRemember(_ network: Network, _ rows: TrainingRows) -> Bool {
    guard let trees = network.graph.soleEnsemble?.ensemble.trees.trees else { return false }
    let leaves = trees.reduce(0) { $0 + $1.leafCount }
    return leaves > rows.rows / 2 && LeafRefitting(network, rows) != nil
  }

  /// The leaves for a part of the rows.
  func leaves(from places: [Int64]) -> [Float] {
    var leaves = model.values
    boost(over: places) { number, slopes, curvatures in
      let tree = model.trees.trees[number]
      return slopes.indices.map { leaf in
        // A leaf without rows gets only what the leaves of its tree share.
        let step = curvatures[leaf] > 0 ? -slopes[leaf] / (curvatures[leaf] + lambda) : 0
        let added = rate * step
        leaves[tree.firstLeaf + leaf] = Float((added + shared[number, default: 0]) / unit)
        return added
      }
    }
    return leaves
  }

  /// Finds the mean of the leaves of each output's first tree: a step of boosting alone would have a mean near 0.
  private mutating func findShared() {
    let weights = rows.targets[0].weights
    for output in 0..<model.trees.outputs {
      guard let number = model.trees.trees.firstIndex(where: { $0.output == output }) else { continue }
      var (sum, total) = (0.0, 0.0)
      for row in 0..<rows.rows {
        let weight = Double(weights?.pointer[row] ?? 1)
        sum += weight * Double(model.values[leaf(of: row, number)])
        total += weight
      }
      let mean = total > 0 ? sum / total * unit : 0
      shared[number] = mean
      start[output] += mean
    }
  }

  /// The leaf of a row in a tree, among the leaves of all trees.
  private func leaf(of row: Int, _ number: Int) -> Int {
    let tree = model.trees.trees[number]
    let leaf = Int(rows.inputs.values.pointer[row * rows.inputs.width + number])
    return min(max(leaf, tree.firstLeaf), tree.firstLeaf + tree.leafCount - 1)
  }

  /// Fits the rate and λ; false if the formula does not explain the leaves.
  private mutating func fit() -> Bool {
    var sums = [(products: Double, squares: Double)](repeating: (0, 0), count: Self.lambdas.count)
    var total = 0.0
    boost(over: (0..<rows.rows).map(Int64.init)) { number, slopes, curvatures in
      let tree = model.trees.trees[number]
      let values = (0..<tree.leafCount).map {
        Double(model.values[tree.firstLeaf + $0]) * unit - shared[number, default: 0]
      }
      for (place, lambda) in Self.lambdas.enumerated() {
        for leaf in values.indices where curvatures[leaf] > 0 {
          let step = -slopes[leaf] / (curvatures[leaf] + lambda)
          sums[place].products += curvatures[leaf] * step * values[leaf]
          sums[place].squares += curvatures[leaf] * step * step
        }
      }
      for leaf in values.indices { total += curvatures[leaf] * values[leaf] * values[leaf] }
      return values
    }
    func explained(_ place: Int) -> Double {
      let (products, squares) = sums[place]
      return products > 0 && squares > 0 ? products * products / squares : 0
    }
    guard total > 0, let best = Self.lambdas.indices.max(by: { explained($0) < explained($1) }),
      explained(best) >= Self.leastExplained * total
    else { return false }
    lambda = Self.lambdas[best]
    rate = sums[best].products / sums[best].squares
    return true
  }

  /// Goes through the trees in their order.
  ///
  /// - Parameter step: returns what each leaf of a tree adds to its output, from the sums of the rows' slopes and
  ///   curvatures in each leaf.
  private func boost(
    over places: [Int64], _ step: (_ tree: Int, _ slopes: [Double], _ curvatures: [Double]) -> [Double]
  ) {
    let outputs = model.trees.outputs
    var sums = places.flatMap { _ in start }
    var derivatives = derivatives(at: sums, places)
    // The trees of a round, one for each output, are grown from the same outputs.
    var round = Set<Int>()
    for (number, tree) in model.trees.trees.enumerated() {
      if !round.insert(tree.output).inserted {
        derivatives = self.derivatives(at: sums, places)
        round = [tree.output]
      }
      var slopes = [Double](repeating: 0, count: tree.leafCount)
      var curvatures = slopes
      let own = places.map { leaf(of: Int($0), number) - tree.firstLeaf }
      for (place, leaf) in own.enumerated() {
        let (slope, curvature) = derivatives[place * outputs + tree.output]
        slopes[leaf] += slope
        curvatures[leaf] += curvature
      }
      let added = step(number, slopes, curvatures)
      for (place, leaf) in own.enumerated() { sums[place * outputs + tree.output] += added[leaf] }
    }
  }

  /// The first and second derivatives of each row's loss with respect to its outputs, (places, outputs).
  private func derivatives(at sums: [Double], _ places: [Int64]) -> [(slope: Double, curvature: Double)] {
    let target = rows.targets[0]
    let outputs = model.trees.outputs
    return places.indices.flatMap { place in
      let row = Int(places[place])
      let (label, weight) = (
        Double(target.values.pointer[row]), Double(target.weights?.pointer[row] ?? 1)
      )
      let own = sums[place * outputs..<(place + 1) * outputs]
      switch target.labels.task {
      case .regression: return own.map { (weight * ($0 - label), weight) }
      case .binary:
        return own.map {
          let probability = 1 / (1 + exp(-$0))
          return (weight * (probability - label), weight * probability * (1 - probability))
        }
      case .multiclass:
        let largest = own.max() ?? 0
        let powers = own.map { exp($0 - largest) }
        let total = powers.reduce(0, +)
        return powers.enumerated().map { index, power in
          let probability = power / total
          return (
            weight * (probability - (Double(index) == label ? 1 : 0)),
            weight * probability * (1 - probability)
          )
        }
      }
    }
  }
}
