import Engine
import Platform

/// The trees of a file, and the values of their leaves.
struct XGBoostTrees {
  private(set) var trees: DecisionTrees
  private(set) var values: [Float] = []

  /// - Parameters:
  ///   - weights: one factor per tree; nil: 1.
  ///   - limit: the number of trees to read; nil: all.
  init(
    _ model: JSONValue, features: Int, outputs: Int, weights: [JSONValue]?, limit: Int? = nil,
    _ pointer: String
  ) throws {
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
    for (index, json) in list.prefix(limit ?? list.count).enumerated() {
      let place = "\(pointer)/trees/\(index)"
      do {
        let tree = try Arrays(json)
        guard let output = classes.map({ $0[index].int }) ?? 0,
          let weight = weights.map({ $0[index].double }) ?? 1
        else { throw Failure.invalidModel("its class or its weight is not a number") }
        guard tree.leafSize == 1 || tree.leafSize == outputs else {
          throw Failure.invalidModel("its leaves have \(tree.leafSize) values for \(outputs) outputs")
        }
        // A tree whose leaves have one value per output is read as several trees.
        for place in 0..<tree.leafSize {
          let leaves = try trees.add(
            output: tree.leafSize > 1 ? place : output, root: 0, count: tree.count, node: tree.node)
          for leaf in leaves {
            let value = Float(try tree.value(leaf, place)) * Float(weight)
            guard value.isFinite else { throw Failure.invalidModel("leaf \(leaf) is not a finite number") }
            values.append(value)
          }
        }
      } catch let failure as Failure {
        throw Failure(failure.kind, "\(place): \(failure.message)", at: place)
      }
    }
  }

  /// One tree; each array has one element per node.
  private struct Arrays {
    let count: Int
    let left: [Int]
    let right: [Int]
    let features: [Int]
    /// The threshold of a split, or the value of a leaf.
    let conditions: [Double]
    let defaultLeft: [Bool]
    let isCategorical: [Bool]
    let gains: [Double]
    let covers: [Double]
    let categories: [Int: [Int]]
    /// The number of values per leaf; more than one only if there is one per output.
    let leafSize: Int
    /// These values: by the leaf's number (its entry in `right`), or in older files by node.
    private let leafValues: [Double]
    private let valuesAreByNode: Bool

    init(_ json: JSONValue) throws {
      left = try Self.integers(json, "left_children")
      count = left.count
      right = try Self.integers(json, "right_children", count)
      features = try Self.integers(json, "split_indices", count)
      conditions = try Self.numbers(json, "split_conditions", count)
      guard count > 0 else { throw Failure.invalidModel("has no node") }
      let size = json["tree_param"]?["size_leaf_vector"]
      leafSize = max(size?.int ?? size?.string.flatMap { Int($0) } ?? 1, 1)
      valuesAreByNode = json["leaf_weights"] == nil
      leafValues =
        leafSize == 1 ? [] : try Self.numbers(json, valuesAreByNode ? "base_weights" : "leaf_weights", nil)
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

    /// - Throws: `invalidModel` for a leaf without values in the file.
    func value(_ leaf: Int, _ output: Int) throws -> Double {
      guard leafSize > 1 else { return conditions[leaf] }
      let (start, overflow) = (valuesAreByNode ? leaf : right[leaf]).multipliedReportingOverflow(by: leafSize)
      guard !overflow, start >= 0, start < leafValues.count, output < leafValues.count - start else {
        throw Failure.invalidModel("leaf \(leaf) has no values")
      }
      return leafValues[start + output]
    }

    func node(_ number: Int) throws -> DecisionTrees.Node {
      if left[number] == -1 { return .leaf(cover: covers.isEmpty ? 0 : Float(covers[number])) }
      let gain = gains.isEmpty ? 0 : Float(gains[number])
      guard isCategorical[number] else {
        // A threshold is the float32 nearest to its digits, not the decimal number.
        return .split(
          .init(
            feature: features[number], .less, threshold: Double(Float(conditions[number])),
            missingGoesLeft: defaultLeft[number], gain: gain), left: left[number], right: right[number])
      }
      guard let set = categories[number] else {
        throw Failure.invalidModel("node \(number) has no categories")
      }
      // The listed categories go right.
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
          throw Failure.invalidModel("\(key): \(value.text()) is not a whole number")
        }
        return number
      }
    }

    private static func numbers(_ json: JSONValue, _ key: String, _ count: Int?) throws -> [Double] {
      try list(json, key, count).map { value in
        guard let number = value.double else {
          throw Failure.invalidModel("\(key): \(value.text()) is not a number")
        }
        return number
      }
    }
  }
}
