import Engine
import Platform

// Writes an ensemble as ai.onnx.ml's TreeEnsembleRegressor, which old runtimes support, or, if it has sets of
// categories, as version 5's TreeEnsemble.
extension ONNXGraphWriting {
  static let classicTrees = 3
  static let treesWithSets = 5

  mutating func write(_ ensemble: TreeEnsemble, _ node: Graph.Node, _ output: String) throws {
    let x = try vector(node.inputs[0])
    guard case .parameter(let place) = graph[node.inputs[1]].source else {
      throw Failure.internal("leaves that are no parameter")
    }
    let values = try graph.parameters[place].values.array
    let trees = ensemble.trees
    guard !trees.trees.contains(where: { $0.splits.contains(where: \.zeroIsMissing) }) else {
      throw Failure.unsupported("node \"\(node.name)\": ONNX has no split in which zero counts as missing")
    }
    let hasSets = trees.trees.contains { $0.splits.contains { $0.comparison == .inSet } }
    var scores =
      hasSets
      ? writeTreesWithSets(ensemble, values, x, output) : writeClassicTrees(ensemble, values, x, output)
    if ensemble.sums.factor != 1 {
      scores = add("Mul", [scores, constant(ensemble.sums.factor)], like: "\(output)_mean")
    }
    if node.inputs.count > 2 {
      let bias = try list(node.inputs[2])
      add("Add", [scores, bias], like: "", output: output)
    } else {
      add("Identity", [scores], like: "", output: output)
    }
  }

  private func aggregate(_ ensemble: TreeEnsemble) -> (name: String, code: Int) {
    switch ensemble.sums.aggregate {
    case .sum: ("SUM", 1)
    case .minimum: ("MIN", 2)
    case .maximum: ("MAX", 3)
    }
  }

  private mutating func writeClassicTrees(
    _ ensemble: TreeEnsemble, _ values: [Float], _ x: String, _ output: String
  ) -> String {
    let trees = ensemble.trees
    let width = values.count / max(trees.leafCount, 1)
    var (treeIDs, nodeIDs, features, whenTrue, whenFalse, missing):
      ([Int], [Int], [Int], [Int], [Int], [Int]) =
        ([], [], [], [], [], [])
    var thresholds: [Float] = []
    var modes: [String] = []
    var (targetTrees, targetNodes, targets): ([Int], [Int], [Int]) = ([], [], [])
    for (index, tree) in trees.trees.enumerated() {
      let splits = tree.splits.count
      func number(_ place: Int) -> Int { place >= 0 ? place : splits + ~place }
      for node in 0..<(splits + tree.leafCount) {
        treeIDs.append(index)
        nodeIDs.append(node)
        guard node < splits else {
          features.append(0)
          thresholds.append(0)
          modes.append("LEAF")
          whenTrue.append(0)
          whenFalse.append(0)
          missing.append(0)
          for output in 0..<width {
            targetTrees.append(index)
            targetNodes.append(node)
            targets.append(width == 1 ? tree.output : output)
          }
          continue
        }
        let split = tree.splits[node]
        features.append(split.feature)
        let (mode, threshold) = Self.question(split)
        modes.append(mode)
        thresholds.append(threshold)
        whenTrue.append(number(split.left))
        whenFalse.append(number(split.right))
        missing.append(split.missingGoesLeft ? 1 : 0)
      }
    }
    return add(
      "TreeEnsembleRegressor", [x], like: "\(output)_leaves", domain: Self.classicTrees,
      [
        ("n_targets", .integer(trees.outputs)), ("aggregate_function", .text(aggregate(ensemble).name)),
        ("post_transform", .text("NONE")), ("nodes_treeids", .integers(treeIDs)),
        ("nodes_nodeids", .integers(nodeIDs)), ("nodes_featureids", .integers(features)),
        ("nodes_values", .floats(thresholds)), ("nodes_modes", .texts(modes)),
        ("nodes_truenodeids", .integers(whenTrue)), ("nodes_falsenodeids", .integers(whenFalse)),
        ("nodes_missing_value_tracks_true", .integers(missing)), ("target_treeids", .integers(targetTrees)),
        ("target_nodeids", .integers(targetNodes)), ("target_ids", .integers(targets)),
        ("target_weights", .floats(values)),
      ])
  }

  private static func question(_ split: DecisionTrees.Split) -> (mode: String, threshold: Float) {
    switch split.comparison {
    case .less: ("BRANCH_LT", SplitNumbers.above(split.threshold))
    case .lessOrEqual: ("BRANCH_LEQ", SplitNumbers.below(split.threshold))
    case .equal: ("BRANCH_EQ", Float(split.threshold))
    case .inSet: ("BRANCH_MEMBER", 0)
    }
  }

  private mutating func writeTreesWithSets(
    _ ensemble: TreeEnsemble, _ values: [Float], _ x: String, _ output: String
  ) -> String {
    let trees = ensemble.trees
    let codes = ["BRANCH_LEQ": 0, "BRANCH_LT": 1, "BRANCH_EQ": 4, "BRANCH_MEMBER": 6]
    var (roots, features, modes, missing): ([Int], [Int], [Int], [Int]) = ([], [], [], [])
    var (whenTrue, trueLeaf, whenFalse, falseLeaf): ([Int], [Int], [Int], [Int]) = ([], [], [], [])
    var (thresholds, members): ([Float], [Float]) = ([], [])
    var (targets, weights): ([Int], [Float]) = ([], [])
    let width = values.count / max(trees.leafCount, 1)
    // A leaf has one target: a tree whose leaves have several values is written as several trees.
    for column in 0..<width {
      for tree in trees.trees {
        let (firstSplit, firstLeaf) = (features.count, targets.count)
        roots.append(firstSplit)
        func child(_ place: Int) -> (Int, Int) {
          place >= 0 ? (firstSplit + place, 0) : (firstLeaf + ~place, 1)
        }
        for leaf in tree.firstLeaf..<(tree.firstLeaf + tree.leafCount) {
          targets.append(width == 1 ? tree.output : column)
          weights.append(values[leaf * width + column])
        }
        for split in tree.splits {
          let (mode, threshold) = Self.question(split)
          features.append(split.feature)
          modes.append(codes[mode] ?? 0)
          thresholds.append(threshold)
          missing.append(split.missingGoesLeft ? 1 : 0)
          if split.comparison == .inSet { members += split.categories.map { Float($0) } + [.nan] }
          let (yes, no) = (child(split.left), child(split.right))
          whenTrue.append(yes.0)
          trueLeaf.append(yes.1)
          whenFalse.append(no.0)
          falseLeaf.append(no.1)
        }
        if tree.splits.isEmpty {
          // A split whose branches lead to the same leaf.
          features.append(0)
          modes.append(0)
          thresholds.append(0)
          missing.append(0)
          whenTrue.append(firstLeaf)
          trueLeaf.append(1)
          whenFalse.append(firstLeaf)
          falseLeaf.append(1)
        }
      }
    }
    return add(
      "TreeEnsemble", [x], like: "\(output)_leaves", domain: Self.treesWithSets,
      [
        ("n_targets", .integer(trees.outputs)), ("aggregate_function", .integer(aggregate(ensemble).code)),
        ("post_transform", .integer(0)), ("tree_roots", .integers(roots)),
        ("nodes_featureids", .integers(features)),
        ("nodes_modes", .tensor(ONNXMessage.bytes(modes, name: "modes"))),
        ("nodes_splits", .tensor(ONNXMessage.floats(thresholds, name: "splits"))),
        ("nodes_truenodeids", .integers(whenTrue)), ("nodes_trueleafs", .integers(trueLeaf)),
        ("nodes_falsenodeids", .integers(whenFalse)), ("nodes_falseleafs", .integers(falseLeaf)),
        ("nodes_missing_value_tracks_true", .integers(missing)),
        ("membership_values", .tensor(ONNXMessage.floats(members, name: "members"))),
        ("leaf_targetids", .integers(targets)),
        ("leaf_weights", .tensor(ONNXMessage.floats(weights, name: "weights"))),
      ])
  }
}
