import Engine
import Platform

/// The linear functions in the leaves of a tree (linear_tree=true; Shi et al. 2019, "Gradient Boosting with Piece-Wise
/// Linear Regression Trees").
///
/// A row whose leaf is l has constant(l) + Σ coefficient(l, j) · xⱼ, or the leaf's plain value if one of those xⱼ is
/// missing. In front of each such leaf stand splits that send a row with a missing xⱼ to a leaf with the plain value.
struct LightGBMLinearLeaves {
  /// A leaf of the tree with those splits: of constant leaves there are several for one of the file.
  enum Leaf {
    case linear(Int)
    case constant(Int)
  }

  private let constants: [Double]
  private let features: [[Int]]
  private let coefficients: [[Double]]
  /// The number of the file's nodes, and for each leaf the number of the first node added behind them.
  private let splits: Int
  private let firsts: [Int]
  /// The number of all nodes.
  let count: Int

  /// - Parameter width: the number of features of the model.
  init(_ section: LightGBMText.Section, splits: Int, leaves: Int, width: Int) throws {
    constants = try section.numbers("leaf_const", count: leaves)
    let sizes = try section.integers("num_features", count: leaves)
    guard sizes.allSatisfy({ (0...width).contains($0) }) else {
      throw Failure.invalidModel("num_features has a count that is not from 0 to \(width)")
    }
    let total = sizes.reduce(0, +)
    let places = try section.integers("leaf_features", count: total)
    let factors = try section.numbers("leaf_coeff", count: total)
    guard places.allSatisfy((0..<width).contains) else {
      throw Failure.invalidModel("leaf_features has a feature that is not from 0 to \(width - 1)")
    }
    var starts: [Int] = []
    var start = 0
    for size in sizes {
      starts.append(start)
      start += size
    }
    features = zip(starts, sizes).map { Array(places[$0..<$0 + $1]) }
    coefficients = zip(starts, sizes).map { Array(factors[$0..<$0 + $1]) }
    self.splits = splits
    // For m features m splits, of which one takes the place of the leaf, one linear leaf and m constant ones.
    var next = splits + leaves
    firsts = sizes.map { size in
      defer { next += 2 * size }
      return next
    }
    count = next
  }

  /// The node with a number that is a leaf's in the file, or is added.
  func node(_ number: Int, cover: (Int) -> Float) -> DecisionTrees.Node {
    if number < splits + constants.count, features[number - splits].isEmpty {
      return .leaf(cover: cover(number - splits))
    }
    let (leaf, step) = position(number)
    guard step < features[leaf].count else { return .leaf(cover: cover(leaf)) }
    let size = features[leaf].count
    return .split(
      .init(feature: features[leaf][step], .lessOrEqual, threshold: .infinity, missingGoesLeft: false),
      left: firsts[leaf] + step, right: firsts[leaf] + size + step)
  }

  /// What a leaf's number stands for.
  func leaf(_ number: Int) -> Leaf {
    if number < splits + constants.count { return .linear(number - splits) }
    let (leaf, step) = position(number)
    return step == features[leaf].count ? .linear(leaf) : .constant(leaf)
  }

  /// The leaf to which a node belongs, and its place: 0 ..< m the splits, m the linear leaf, then the constant ones.
  private func position(_ number: Int) -> (leaf: Int, step: Int) {
    if number < splits + constants.count { return (number - splits, 0) }
    // The last leaf whose nodes begin at or before the number; of equal ones, that which has nodes.
    var (low, high) = (0, firsts.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if firsts[middle] <= number { low = middle } else { high = middle - 1 }
    }
    return (low, number - firsts[low] + 1)
  }

  /// The constant and the coefficient of each feature, (1 + width).
  func function(of leaf: Leaf, values: [Double], width: Int) -> [Float] {
    var result = [Float](repeating: 0, count: width + 1)
    switch leaf {
    case .constant(let leaf): result[0] = Float(values[leaf])
    case .linear(let leaf):
      result[0] = Float(constants[leaf])
      for (feature, factor) in zip(features[leaf], coefficients[leaf]) {
        result[feature + 1] += Float(factor)
      }
    }
    return result
  }

  /// Σⱼ of a row's sums of coefficients times its features, plus the sum of constants, for each output.
  ///
  /// - Parameter sums: (outputs · (1 + width)), from the trees.
  static func applied(
    to sums: Graph.ValueID, _ input: Graph.ValueID, outputs: Int, width: Int, in builder: inout GraphBuilder
  ) throws -> Graph.ValueID {
    // A missing number is in no function of a row's leaves.
    let zero = builder.parameter(try Tensor(name: zeroName, dimensions: [1], values: [0]))
    let known = try builder.apply(Imputation(), to: [input, zero], name: "known")
    var results: [Graph.ValueID] = []
    for output in 0..<outputs {
      let first = output * (width + 1)
      let constant = try builder.apply(Columns(first..<first + 1), to: [sums], name: "constant_\(output)")
      let factors = try builder.apply(
        Columns(first + 1..<first + width + 1), to: [sums], name: "coefficients_\(output)")
      let products = try builder.apply(
        Arithmetic(.multiply), to: [factors, known], name: "products_\(output)")
      let sum = try builder.apply(
        Reduction(.sum, axes: 0..<1, keepsAxes: true), to: [products], name: "linear_\(output)")
      results.append(try builder.apply(Arithmetic(.add), to: [sum, constant], name: "sum_\(output)"))
    }
    return results.count == 1
      ? results[0] : try builder.apply(Concatenation(axis: -1), to: results, name: "sums")
  }

  static let zeroName = "missing"
}
