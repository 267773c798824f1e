import Engine
import Platform

/// One tree as XGBoost's lists, which have one entry for each node. The children of a split are adjacent:
/// XGBoost expects the right child after the left one.
struct XGBoostTreeWriting {
  private var left: [JSONValue]
  private var right: [JSONValue]
  private var parents: [JSONValue]
  private var conditions: [JSONValue]
  private var features: [JSONValue]
  private var missingGoesLeft: [JSONValue]
  private var types: [JSONValue]
  private var gains: [JSONValue]
  private var covers: [JSONValue]
  // The sets of categories, one after another, and the node, beginning and size of each set.
  private var categories: [JSONValue] = []
  private var nodes: [JSONValue] = []
  private var segments: [JSONValue] = []
  private var sizes: [JSONValue] = []

  /// - Parameters:
  ///   - values: the leaves of all trees.
  ///   - scale: the factor of every leaf.
  /// - Throws: `unsupported` for a split or a leaf that the format cannot express.
  init(_ tree: DecisionTrees.Tree, _ values: [Float], scale: Float) throws {
    let count = tree.splits.count + tree.leafCount
    left = Array(repeating: -1, count: count)
    right = left
    parents = Array(repeating: .integer(Int(Int32.max)), count: count)
    conditions = Array(repeating: 0.0, count: count)
    features = Array(repeating: 0, count: count)
    (missingGoesLeft, types) = (features, features)
    (gains, covers) = (conditions, conditions)
    let below = tree.covers
    // The split or, inverted, the leaf of each node, level by level.
    var places = [tree.splits.isEmpty ? ~0 : 0]
    for node in 0..<count {
      let place = places[node]
      guard place >= 0 else {
        let value = values[tree.firstLeaf + ~place] * scale
        guard value.isFinite else { throw Failure.unsupported("a leaf of \(value) cannot be written") }
        conditions[node] = XGBoostWriter.decimal(value)
        covers[node] = XGBoostWriter.decimal(tree.cover[~place])
        continue
      }
      let cover = below[place].left + below[place].right
      covers[node] = XGBoostWriter.decimal(min(cover, .greatestFiniteMagnitude))
      places += try add(tree.splits[place], node, firstChild: places.count)
    }
  }

  /// - Returns: the places of the left and the right child.
  private mutating func add(_ split: DecisionTrees.Split, _ node: Int, firstChild child: Int) throws -> [Int]
  {
    var (first, second, missingFirst) = (split.left, split.right, split.missingGoesLeft)
    features[node] = .integer(split.feature)
    gains[node] = XGBoostWriter.decimal(split.gain)
    guard !split.zeroIsMissing else {
      throw Failure.unsupported("XGBoost's format has no split in which zero counts as missing")
    }
    switch split.comparison {
    case .less: conditions[node] = XGBoostWriter.decimal(SplitNumbers.above(split.threshold))
    // x ≤ t is written as x < the next larger number.
    case .lessOrEqual: conditions[node] = XGBoostWriter.decimal(SplitNumbers.below(split.threshold).nextUp)
    case .equal: throw Failure.unsupported("XGBoost's format has no split by equality")
    case .inSet:
      guard !split.categories.isEmpty else {
        throw Failure.unsupported("XGBoost's format has no split by a set without categories")
      }
      // The listed categories go right.
      (first, second, missingFirst) = (second, first, !missingFirst)
      types[node] = 1
      nodes.append(.integer(node))
      segments.append(.integer(categories.count))
      sizes.append(.integer(split.categories.count))
      categories += split.categories.map { .integer($0) }
    }
    if case .number(let condition) = conditions[node], !condition.isFinite {
      throw Failure.unsupported("a split at \(condition) cannot be written")
    }
    (left[node], right[node]) = (.integer(child), .integer(child + 1))
    missingGoesLeft[node] = missingFirst ? 1 : 0
    (parents[child], parents[child + 1]) = (.integer(node), .integer(node))
    return [first, second]
  }

  /// - Parameter featureCount: the number of features of the model.
  func json(id: Int, features featureCount: Int) -> JSONValue {
    [
      "base_weights": .array(conditions), "categories": .array(categories), "categories_nodes": .array(nodes),
      "categories_segments": .array(segments), "categories_sizes": .array(sizes),
      "default_left": .array(missingGoesLeft), "id": .integer(id), "left_children": .array(left),
      "loss_changes": .array(gains), "parents": .array(parents), "right_children": .array(right),
      "split_conditions": .array(conditions), "split_indices": .array(features), "split_type": .array(types),
      "sum_hessian": .array(covers),
      "tree_param": [
        "num_deleted": "0", "num_feature": .string(String(featureCount)),
        "num_nodes": .string(String(conditions.count)), "size_leaf_vector": "1",
      ],
    ]
  }
}
