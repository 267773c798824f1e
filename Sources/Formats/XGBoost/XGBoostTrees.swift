import Engine
import Platform

/// The trees of a file, with the values of their leaves.
struct XGBoostTrees {
  private(set) var trees: DecisionTrees
  private(set) var values: [Float] = []

  /// - Parameter weights: a factor for each tree; nil: 1.
  init(_ model: JSONValue, features: Int, outputs: Int, weights: [JSONValue]?, _ pointer: String) throws {
    trees = try DecisionTrees(features: features, outputs: outputs)
    guard let list = model["trees"]?.array, !list.isEmpty else {
      throw Failure.invalidModel("holds no tree", at: "\(pointer)/trees")
    }
    let classes = model["tree_info"]?.array
    if let classes, classes.count != list.count {
      throw Failure.invalidModel(
        "has \(classes.count) entries for \(list.count) trees", at: "\(pointer)/tree_info")
    }
    if let weights, weights.count != list.count {
      throw Failure.invalidModel(
        "has \(weights.count) entries for \(list.count) trees", at: "/learner/gradient_booster/weight_drop")
    }
    for (index, json) in list.enumerated() {
      let place = "\(pointer)/trees/\(index)"
      do {
        let tree = try Arrays(json)
        guard let output = classes.map({ $0[index].int }) ?? 0,
          let weight = weights.map({ $0[index].double }) ?? 1
        else { throw Failure.invalidModel("its class or its weight is not a number") }
        let leaves = try trees.add(output: output, root: 0, count: tree.count, node: tree.node)
        for leaf in leaves {
          let value = Float(tree.conditions[leaf]) * Float(weight)
          guard value.isFinite else { throw Failure.invalidModel("leaf \(leaf) is not a finite number") }
          values.append(value)
        }
      } catch let failure as Failure {
        throw Failure(failure.kind, "\(place): \(failure.message)", at: place)
      }
    }
  }

  /// One tree: a number for each node in each array.
  private struct Arrays {
    let count: Int
    let left: [Int]
    let right: [Int]
    let features: [Int]
    /// The threshold of a split, the value of a leaf.
    let conditions: [Double]
    let defaultLeft: [Bool]
    let isCategorical: [Bool]
    let gains: [Double]
    let covers: [Double]
    let categories: [Int: [Int]]

    init(_ json: JSONValue) throws {
      left = try Self.integers(json, "left_children")
      count = left.count
      right = try Self.integers(json, "right_children", count)
      features = try Self.integers(json, "split_indices", count)
      conditions = try Self.numbers(json, "split_conditions", count)
      guard count > 0 else { throw Failure.invalidModel("has no node") }
      if let size = json["tree_param"]?["size_leaf_vector"]?.string.flatMap({ Int($0) }), size > 1 {
        throw Failure.unsupported(
          "leaves with \(size) values each (multi_strategy multi_output_tree) are not supported")
      }
      guard let flags = json["default_left"]?.array, flags.count == count else {
        throw Failure.invalidModel("default_left has no entry for each of \(count) nodes")
      }
      defaultLeft = flags.map { $0.bool ?? ($0.int == 1) }
      isCategorical =
        json["split_type"] == nil
        ? Array(repeating: false, count: count) : try Self.integers(json, "split_type", count).map { $0 == 1 }
      gains = json["loss_changes"] == nil ? [] : try Self.numbers(json, "loss_changes", count)
      covers = json["sum_hessian"] == nil ? [] : try Self.numbers(json, "sum_hessian", count)
      categories = try Self.categories(json, count)
    }

    func node(_ number: Int) throws -> DecisionTrees.Node {
      if left[number] == -1 { return .leaf(cover: covers.isEmpty ? 0 : Float(covers[number])) }
      let gain = gains.isEmpty ? 0 : Float(gains[number])
      guard isCategorical[number] else {
        return .split(
          .init(
            feature: features[number], .less, threshold: conditions[number],
            missingGoesLeft: defaultLeft[number], gain: gain), left: left[number], right: right[number])
      }
      guard let set = categories[number] else {
        throw Failure.invalidModel("node \(number) has no categories")
      }
      // The categories that are listed go right.
      return .split(
        .init(
          feature: features[number], .inSet, categories: set, missingGoesLeft: !defaultLeft[number],
          gain: gain),
        left: right[number], right: left[number])
    }

    private static func categories(_ json: JSONValue, _ count: Int) throws -> [Int: [Int]] {
      guard let list = json["categories_nodes"]?.array, !list.isEmpty else { return [:] }
      let nodes = try integers(json, "categories_nodes")
      let starts = try integers(json, "categories_segments", nodes.count)
      let sizes = try integers(json, "categories_sizes", nodes.count)
      let all = try integers(json, "categories")
      var result: [Int: [Int]] = [:]
      for (index, node) in nodes.enumerated() {
        let (start, size) = (starts[index], sizes[index])
        guard (0..<count).contains(node), start >= 0, size >= 0, start <= all.count, size <= all.count - start
        else {
          throw Failure.invalidModel("the categories of node \(node) lie outside the list")
        }
        guard result.updateValue(Set(all[start..<start + size]).sorted(), forKey: node) == nil else {
          throw Failure.invalidModel("node \(node) has categories twice")
        }
      }
      return result
    }

    private static func list(_ json: JSONValue, _ key: String, _ count: Int?) throws -> [JSONValue] {
      guard let list = json[key]?.array else { throw Failure.invalidModel("has no \(key)") }
      if let count, list.count != count {
        throw Failure.invalidModel("\(key) has \(list.count) entries for \(count) nodes")
      }
      return list
    }

    private static func integers(_ json: JSONValue, _ key: String, _ count: Int? = nil) throws -> [Int] {
      try list(json, key, count).map { value in
        guard let number = value.int else {
          throw Failure.invalidModel("\(key): \(value.text()) is no whole number")
        }
        return number
      }
    }

    private static func numbers(_ json: JSONValue, _ key: String, _ count: Int) throws -> [Double] {
      try list(json, key, count).map { value in
        guard let number = value.double else {
          throw Failure.invalidModel("\(key): \(value.text()) is no number")
        }
        return number
      }
    }
  }
}
