import Engine
import Platform

/// Writes trees as LightGBM's text (version v4 of the format).
public enum LightGBMWriter {
  /// - Throws: `io`; `unsupported` for a network that is not one ensemble, or has splits that LightGBM does
  ///   not support.
  public static func write(_ network: Network, to path: String) throws {
    let (sink, name) = DirectorySink.nextTo(path)
    try write(network, as: name, to: sink)
  }

  /// The same to any destination.
  public static func write(_ network: Network, as name: String, to sink: any FileSink) throws {
    let text = try text(network)
    try sink.write(name, text)
  }

  static func text(_ network: Network) throws -> String {
    let model = try TreeModel(network, for: "LightGBM's format")
    let trees = model.trees
    // The trees of a round: one for each output, in order.
    guard trees.trees.enumerated().allSatisfy({ $0.element.output == $0.offset % trees.outputs }) else {
      throw Failure.unsupported("LightGBM's format needs the same number of trees for each output, in turn")
    }
    let (objective, scale) = try objective(network, model)
    let values = try model.values(adding: model.bias).map { Double($0) * Double(scale) }
    let names =
      network.columns.isEmpty || network.columns.contains(where: { $0.contains(" ") })
      ? (0..<trees.features).map { "Column_\($0)" } : network.columns
    let infos = network.metadata.first { $0.key == LightGBMObjective.infosKey }?.value.split(separator: " ")
    let none = [Substring](repeating: "none", count: trees.features)
    func kept(_ key: String) -> String? { network.metadata.first { $0.key == key }?.value }
    var text = """
      tree
      version=v4
      num_class=\(trees.outputs)
      num_tree_per_iteration=\(trees.outputs)
      label_index=0
      max_feature_idx=\(trees.features - 1)
      objective=\(objective)
      feature_names=\(names.joined(separator: " "))
      feature_infos=\((infos?.count == trees.features ? infos ?? none : none).joined(separator: " "))

      """
    if let lines = kept(LightGBMObjective.headerKey) { text += lines + "\n" }
    text += "\n"
    for (index, tree) in trees.trees.enumerated() {
      text += "Tree=\(index)\n" + (try self.tree(tree, values)) + "\n\n"
    }
    let named = network.categoryNames.indices.filter { !network.categoryNames[$0].isEmpty }
    let parameters =
      (kept(LightGBMObjective.parametersKey)
      ?? (named.isEmpty ? nil : "[categorical_feature: \(named.map(String.init).joined(separator: ","))]"))
      .map { $0 + "\n\n" } ?? ""
    return text
      + "end of trees\n\nfeature_importances:\n\nparameters:\n\(parameters)end of parameters\n\n"
      + "pandas_categorical:\(categories(network))\n"
  }

  /// The names of categories in the form of Python's package: one list for each categorical column.
  private static func categories(_ network: Network) -> String {
    let names = network.categoryNames.filter { !$0.isEmpty }
    if !names.isEmpty { return JSONValue.array(names.map { .array($0) }).text() }
    return network.metadata.first { $0.key == LightGBMObjective.categoriesKey }?.value ?? "null"
  }

  /// The objective's line of the original file, or a plain one for the link, and the factor for the leaves.
  private static func objective(_ network: Network, _ model: TreeModel) throws -> (text: String, scale: Float)
  {
    if let text = network.metadata.first(where: { $0.key == LightGBMObjective.key })?.value,
      !text.contains("\n"),
      let known = try? LightGBMObjective(text, outputs: model.trees.outputs), known.link == network.link,
      known.ending == model.ending
    {
      return (text, model.scale / known.scale)
    }
    switch model.ending {
    case .exponential: return ("poisson", model.scale)
    case .sigmoid: return ("cross_entropy", model.scale)
    case .softplus: return ("cross_entropy_lambda", model.scale)
    case .signedSquare: return ("regression sqrt", model.scale)
    case .step:
      throw Failure.unsupported(
        "LightGBM's format has no objective whose predictions are \(model.ending.phrase); \"onnx\", \"xgboost\" and the "
          + "library's own format have")
    case .none: break
    }
    switch network.link {
    case .sigmoid where model.trees.outputs == 1: return ("binary sigmoid:1", model.scale)
    case .sigmoid: return ("multiclassova num_class:\(model.trees.outputs) sigmoid:1", model.scale)
    case .softmax: return ("multiclass num_class:\(model.trees.outputs)", model.scale)
    case .identity, .logits: return ("regression", model.scale)
    }
  }

  private static func tree(_ tree: DecisionTrees.Tree, _ values: [Double]) throws -> String {
    var thresholds: [String] = []
    var decisions: [Int] = []
    var (boundaries, words): ([Int], [UInt32]) = ([0], [])
    var (left, right): ([Int], [Int]) = ([], [])
    for split in tree.splits {
      var goesLeft = split.missingGoesLeft
      switch split.comparison {
      case .lessOrEqual: thresholds.append(number(split.threshold))
      // x < t is written as x ≤ the next smaller number.
      case .less: thresholds.append(number(Double(SplitNumbers.above(split.threshold).nextDown)))
      case .equal: throw Failure.unsupported("LightGBM's format has no split by equality")
      case .inSet:
        guard !split.missingGoesLeft else {
          throw Failure.unsupported("in LightGBM's format a missing category is in no set")
        }
        var bits = [UInt32](repeating: 0, count: (split.categories.last ?? 0) / 32 + 1)
        for category in split.categories { bits[category / 32] |= 1 << UInt32(category % 32) }
        thresholds.append(String(boundaries.count - 1))
        words += bits
        boundaries.append(words.count)
        goesLeft = false
      }
      let missing = split.zeroIsMissing ? 1 : 2
      decisions.append((split.comparison == .inSet ? 1 : 0) | (goesLeft ? 2 : 0) | missing << 2)
      left.append(split.left)
      right.append(split.right)
    }
    func line(_ key: String, _ list: some Sequence<some CustomStringConvertible>) -> String {
      "\(key)=\(list.map(\.description).joined(separator: " "))\n"
    }
    let range = tree.firstLeaf..<(tree.firstLeaf + tree.leafCount)
    let counts = tree.cover.map { Int(exactly: $0.rounded()) ?? 0 }
    let below = tree.covers
    var text = line("num_leaves", [tree.leafCount]) + line("num_cat", [boundaries.count - 1])
    text += line("split_feature", tree.splits.map(\.feature)) + line("split_gain", tree.splits.map(\.gain))
    text += line("threshold", thresholds) + line("decision_type", decisions)
    text += line("left_child", left) + line("right_child", right)
    text += line("leaf_value", values[range].map(number)) + line("leaf_weight", tree.cover)
    text += line("leaf_count", counts) + line("internal_value", tree.splits.map { _ in 0 })
    text += line("internal_weight", below.map { $0.left + $0.right })
    text += line("internal_count", below.map { Int(exactly: ($0.left + $0.right).rounded()) ?? 0 })
    if boundaries.count > 1 { text += line("cat_boundaries", boundaries) + line("cat_threshold", words) }
    return text + "is_linear=0\nshrinkage=1\n"
  }

  /// The shortest text that is read back as the same number.
  private static func number(_ value: Double) -> String { value.description }
}
