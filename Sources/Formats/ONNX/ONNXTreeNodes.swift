import Engine
import Platform

/// The nodes of a file's trees in one form: numbered nodes, children as numbers, roots. In version 5, the
/// leaves are numbered after the splits.
struct ONNXTreeNodes {
  private enum Mode: String, CaseIterable {
    // In the order of the numbers of version 5.
    case lessOrEqual = "BRANCH_LEQ"
    case less = "BRANCH_LT"
    case greaterOrEqual = "BRANCH_GTE"
    case greater = "BRANCH_GT"
    case equal = "BRANCH_EQ"
    case notEqual = "BRANCH_NEQ"
    case member = "BRANCH_MEMBER"
    case leaf = "LEAF"
  }

  /// A split or a leaf, with the children for true and false.
  private struct Node {
    var mode: Mode
    var feature: Int
    var value: Float
    var members: [Int] = []
    var whenTrue: Int
    var whenFalse: Int
    var missingIsTrue: Bool
  }

  private var nodes: [Node] = []
  private(set) var roots: [Int] = []
  /// The number of each node by tree id and node id, for versions 1 and 3.
  private var numbers: [[Int]: Int] = [:]
  var count: Int { nodes.count }

  /// Reads versions 1 and 3: parallel lists, in which tree id and node id identify a node.
  init(_ call: ONNXCall) throws {
    let trees = try call.integers("nodes_treeids") ?? []
    let ids = try call.integers("nodes_nodeids") ?? []
    let modes = try call.strings("nodes_modes") ?? []
    func list(_ name: String) throws -> [Int] {
      let list = try call.integers(name) ?? []
      try Self.require(call, name, list.count, trees.count)
      return list
    }
    guard !trees.isEmpty else { throw call.invalid("has no nodes") }
    try Self.require(call, "nodes_nodeids", ids.count, trees.count)
    try Self.require(call, "nodes_modes", modes.count, trees.count)
    let (features, whenTrue, whenFalse) = (
      try list("nodes_featureids"), try list("nodes_truenodeids"), try list("nodes_falsenodeids")
    )
    let values = try call.floatsOrTensor("nodes_values") ?? []
    try Self.require(call, "nodes_values", values.count, trees.count)
    let missing = try call.integers("nodes_missing_value_tracks_true") ?? []
    if !missing.isEmpty {
      try Self.require(call, "nodes_missing_value_tracks_true", missing.count, trees.count)
    }
    var seen = Set<Int>()
    for index in trees.indices {
      guard numbers.updateValue(index, forKey: [trees[index], ids[index]]) == nil else {
        throw call.invalid("node \(ids[index]) of tree \(trees[index]) is there twice")
      }
      // The first node of a tree is its root.
      if seen.insert(trees[index]).inserted { roots.append(index) }
    }
    for index in trees.indices {
      guard let mode = Mode(rawValue: modes[index]), mode != .member else {
        throw call.invalid("the mode \(modes[index]) is not known")
      }
      nodes.append(
        Node(
          mode: mode, feature: features[index], value: values[index],
          whenTrue: mode == .leaf ? 0 : numbers[[trees[index], whenTrue[index]]] ?? -1,
          whenFalse: mode == .leaf ? 0 : numbers[[trees[index], whenFalse[index]]] ?? -1,
          missingIsTrue: missing.isEmpty ? false : missing[index] == 1))
    }
  }

  func number(tree: Int, node: Int) -> Int? { numbers[[tree, node]] }

  /// Reads version 5: separate lists of splits and leaves, children as indices.
  init(version5 call: ONNXCall) throws {
    let features = try call.integers("nodes_featureids") ?? []
    let leaves = (try call.integers("leaf_targetids") ?? []).count
    func list(_ name: String) throws -> [Int] {
      let list = try call.integers(name) ?? []
      try Self.require(call, name, list.count, features.count)
      return list
    }
    let modes = try call.tensor("nodes_modes") ?? []
    let values = try call.tensor("nodes_splits") ?? []
    try Self.require(call, "nodes_modes", modes.count, features.count)
    try Self.require(call, "nodes_splits", values.count, features.count)
    let missing = try call.integers("nodes_missing_value_tracks_true") ?? []
    if !missing.isEmpty {
      try Self.require(call, "nodes_missing_value_tracks_true", missing.count, features.count)
    }
    let (whenTrue, trueLeaf) = (try list("nodes_truenodeids"), try list("nodes_trueleafs"))
    let (whenFalse, falseLeaf) = (try list("nodes_falsenodeids"), try list("nodes_falseleafs"))
    // The sets are stored in sequence, each terminated by NaN.
    var sets = (try call.tensor("membership_values") ?? []).split(omittingEmptySubsequences: false) {
      $0.isNaN
    }[...]
    roots = try call.integers("tree_roots") ?? []
    guard !roots.isEmpty else { throw call.invalid("has no roots") }
    for index in features.indices {
      guard modes[index] >= 0, modes[index] < 7 else { throw call.invalid("has the mode \(modes[index])") }
      func child(_ id: Int, _ isLeaf: Int) -> Int { isLeaf == 1 && id >= 0 ? features.count + id : id }
      var node = Node(
        mode: Mode.allCases[Int(modes[index])], feature: features[index], value: values[index],
        whenTrue: child(whenTrue[index], trueLeaf[index]),
        whenFalse: child(whenFalse[index], falseLeaf[index]),
        missingIsTrue: missing.isEmpty ? false : missing[index] == 1)
      if node.mode == .member {
        guard let set = sets.popFirst() else {
          throw call.invalid("has fewer sets of members than splits that ask")
        }
        node.members = try set.map { value in
          guard let category = Int(exactly: value) else {
            throw call.unsupported("a member is \(value); whole numbers are supported")
          }
          return category
        }
      }
      // A tree with a single leaf is written as a split whose branches are equal.
      if node.whenTrue == node.whenFalse, node.whenTrue >= features.count { node.mode = .leaf }
      nodes.append(node)
    }
    for _ in 0..<leaves {
      nodes.append(Node(mode: .leaf, feature: 0, value: 0, whenTrue: 0, whenFalse: 0, missingIsTrue: false))
    }
    splits = features.count
  }

  /// The number of splits, for version 5.
  private var splits = 0

  /// The index of a leaf in version 5, for the number of its node.
  func leaf(_ number: Int) -> Int { number >= splits ? number - splits : nodes[number].whenTrue - splits }

  func node(_ number: Int) throws -> DecisionTrees.Node {
    let node = nodes[number]
    func split(
      _ comparison: DecisionTrees.Comparison, left: Int, right: Int, missingGoesLeft: Bool
    ) -> DecisionTrees.Node {
      .split(
        .init(
          feature: node.feature, comparison, threshold: Double(node.value),
          categories: Set(node.members).sorted(), missingGoesLeft: missingGoesLeft), left: left, right: right)
    }
    let (yes, no, missing) = (node.whenTrue, node.whenFalse, node.missingIsTrue)
    switch node.mode {
    case .lessOrEqual: return split(.lessOrEqual, left: yes, right: no, missingGoesLeft: missing)
    case .less: return split(.less, left: yes, right: no, missingGoesLeft: missing)
    case .equal: return split(.equal, left: yes, right: no, missingGoesLeft: missing)
    case .member: return split(.inSet, left: yes, right: no, missingGoesLeft: missing)
    case .greaterOrEqual: return split(.less, left: no, right: yes, missingGoesLeft: !missing)
    case .greater: return split(.lessOrEqual, left: no, right: yes, missingGoesLeft: !missing)
    // NaN is not equal to any number.
    case .notEqual: return split(.equal, left: no, right: yes, missingGoesLeft: false)
    case .leaf: return .leaf(cover: 0)
    }
  }

  private static func require(_ call: ONNXCall, _ name: String, _ found: Int, _ wanted: Int) throws {
    guard found == wanted else { throw call.invalid("\(name) has \(found) entries for \(wanted) nodes") }
  }
}

/// The trees with the values of their leaves: one per leaf, or one per leaf and output.
struct ONNXTreeLeaves {
  private(set) var trees: DecisionTrees
  private(set) var values: [Float] = []

  /// Reads versions 1 and 3: weights with tree, node and output; a leaf may have several.
  ///
  /// - Parameters:
  ///   - role: "target" or "class", the prefix of the lists' names.
  ///   - onlyClass: the only class with weights; it becomes the single output.
  init(_ call: ONNXCall, _ role: String, _ nodes: ONNXTreeNodes, outputs: Int, onlyClass: Int? = nil) throws {
    let weights = try call.floatsOrTensor("\(role)_weights") ?? []
    let treeIDs = try call.integers("\(role)_treeids") ?? []
    let nodeIDs = try call.integers("\(role)_nodeids") ?? []
    let ids = try call.integers("\(role)_ids") ?? []
    guard treeIDs.count == weights.count, nodeIDs.count == weights.count, ids.count == weights.count else {
      throw call.invalid(
        "its \(role) lists have \(weights.count), \(treeIDs.count), \(nodeIDs.count) and \(ids.count) entries"
      )
    }
    var byNode: [Int: [(output: Int, weight: Float)]] = [:]
    for index in weights.indices {
      guard let number = nodes.number(tree: treeIDs[index], node: nodeIDs[index]) else {
        throw call.invalid(
          "a weight is for node \(nodeIDs[index]) of tree \(treeIDs[index]), which is not there")
      }
      byNode[number, default: []].append((onlyClass == nil ? ids[index] : 0, weights[index]))
    }
    try self.init(call, nodes, outputs: outputs) { byNode[$0] ?? [] }
  }

  /// Reads version 5: one output and one weight for each leaf.
  init(version5 call: ONNXCall, _ nodes: ONNXTreeNodes, outputs: Int) throws {
    let targets = try call.integers("leaf_targetids") ?? []
    let weights = try call.tensor("leaf_weights") ?? []
    guard targets.count == weights.count else {
      throw call.invalid("has \(weights.count) weights for \(targets.count) leaves")
    }
    try self.init(call, nodes, outputs: outputs) { number in
      let leaf = nodes.leaf(number)
      return targets.indices.contains(leaf) ? [(targets[leaf], weights[leaf])] : []
    }
  }

  private init(
    _ call: ONNXCall, _ nodes: ONNXTreeNodes, outputs: Int, weights: (Int) -> [(output: Int, weight: Float)]
  ) throws {
    trees = try DecisionTrees(features: call.shape(try call.rows(0)).last, outputs: outputs)
    var leaves: [[(output: Int, weight: Float)]] = []
    var isSingle = true
    for root in nodes.roots {
      let own = try trees.add(output: 0, root: root, count: nodes.count, node: nodes.node).map(weights)
      if let wrong = own.joined().first(where: { !(0..<outputs).contains($0.output) }) {
        throw call.invalid("a weight is for output \(wrong.output) of \(outputs)")
      }
      let targets = Set(own.joined().map(\.output))
      isSingle = isSingle && targets.count <= 1
      // The output of a tree is that of its leaves.
      trees.setOutputOfLastTree(targets.first ?? 0)
      leaves += own
    }
    let width = isSingle ? 1 : outputs
    values = [Float](repeating: 0, count: leaves.count * width)
    for (leaf, own) in leaves.enumerated() {
      for entry in own { values[leaf * width + (isSingle ? 0 : entry.output)] += entry.weight }
    }
  }
}
