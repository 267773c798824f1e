import Engine
import Platform

/// One tree of a file. Its splits are numbered first, its leaves after them.
struct LightGBMTree {
  let splits: Int
  let values: [Double]
  /// The functions in the leaves; nil for constant leaves.
  let linear: LightGBMLinearLeaves?
  var count: Int { linear?.count ?? splits + values.count }
  var root: Int { 0 }

  private let features: [Int]
  private let thresholds: [Double]
  private let decisions: [Int]
  private let left: [Int]
  private let right: [Int]
  private let gains: [Double]
  private let counts: [Double]
  private let boundaries: [Int]
  private let words: [Int]

  // The bits of decision_type.
  private static let isCategorical = 1
  private static let defaultLeft = 2
  private enum Missing: Int { case none, zero, nan }

  /// - Parameter width: the number of features of the model.
  init(_ section: LightGBMText.Section, width: Int) throws {
    let leaves = try section.integer("num_leaves")
    guard leaves > 0 else { throw Failure.invalidModel("has no leaf") }
    splits = leaves - 1
    values = try section.numbers("leaf_value", count: leaves)
    linear =
      try Self.isLinear(section)
      ? LightGBMLinearLeaves(section, splits: splits, leaves: leaves, width: width) : nil
    let sets = try section.integer("num_cat", fallback: 0)
    guard splits > 0 else {
      (features, thresholds, decisions, left, right) = ([], [], [], [], [])
      (gains, counts, boundaries, words) = ([], [0], [], [])
      return
    }
    features = try section.integers("split_feature", count: splits)
    thresholds = try section.numbers("threshold", count: splits)
    decisions = try section.integers("decision_type", count: splits)
    left = try section.integers("left_child", count: splits)
    right = try section.integers("right_child", count: splits)
    gains = section.has("split_gain") ? try section.numbers("split_gain", count: splits) : []
    counts = section.has("leaf_count") ? try section.numbers("leaf_count", count: leaves) : []
    boundaries = sets > 0 ? try section.integers("cat_boundaries", count: sets + 1) : []
    words = sets > 0 ? try section.integers("cat_threshold", count: boundaries.last ?? 0) : []
  }

  static func isLinear(_ section: LightGBMText.Section) throws -> Bool {
    try section.integer("is_linear", fallback: 0) != 0
  }

  /// The function in a leaf, the constant first; (1 + width).
  func function(_ number: Int, width: Int) -> [Float] {
    guard let linear else {
      return [Float(values[number - splits])] + [Float](repeating: 0, count: width)
    }
    return linear.function(of: linear.leaf(number), values: values, width: width)
  }

  func node(_ number: Int) throws -> DecisionTrees.Node {
    func cover(_ leaf: Int) -> Float { counts.isEmpty ? 0 : Float(counts[leaf]) }
    guard number < splits else {
      return linear?.node(number, cover: cover) ?? .leaf(cover: cover(number - splits))
    }
    let decision = decisions[number]
    let (left, right) = (try child(self.left[number]), try child(self.right[number]))
    let gain = gains.isEmpty ? 0 : Float(gains[number])
    if decision & Self.isCategorical != 0 {
      // Missing values, negative numbers and numbers outside the set go right.
      return .split(
        .init(
          feature: features[number], .inSet, categories: try categories(number), missingGoesLeft: false,
          gain: gain), left: left, right: right)
    }
    guard let missing = Missing(rawValue: decision >> 2 & 3) else {
      throw Failure.invalidModel("split \(number) has the decision type \(decision)")
    }
    let threshold = thresholds[number]
    // If the feature has no missing values in training, a missing number counts as 0.
    let goesLeft = missing == .none ? 0 <= threshold : decision & Self.defaultLeft != 0
    return .split(
      .init(
        feature: features[number], .lessOrEqual, threshold: threshold, missingGoesLeft: goesLeft,
        zeroIsMissing: missing == .zero, gain: gain), left: left, right: right)
  }

  /// The number of a child; leaves are written as bitwise complements.
  private func child(_ written: Int) throws -> Int {
    guard written >= 0 ? written < splits : written >= -values.count else {
      throw Failure.invalidModel(
        "a child is \(written), and there are \(splits) splits and \(values.count) leaves")
    }
    return written >= 0 ? written : splits + ~written
  }

  /// The categories of a split, from its bit words; its threshold is an index into the boundaries.
  private func categories(_ number: Int) throws -> [Int] {
    guard let set = Int(exactly: thresholds[number]), set >= 0, set + 1 < boundaries.count,
      boundaries[set] >= 0, boundaries[set] <= boundaries[set + 1], boundaries[set + 1] <= words.count
    else { throw Failure.invalidModel("split \(number) has no set of categories") }
    var result: [Int] = []
    for (place, word) in words[boundaries[set]..<boundaries[set + 1]].enumerated() {
      guard (0...Int(UInt32.max)).contains(word) else {
        throw Failure.invalidModel("split \(number) has a set with the word \(word)")
      }
      for bit in 0..<32 where word >> bit & 1 == 1 { result.append(place * 32 + bit) }
    }
    return result
  }
}
