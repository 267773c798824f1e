import Engine
import Platform

/// Writes trees as XGBoost's JSON, or as UBJSON if the path ends in .ubj.
public enum XGBoostWriter {
  /// - Throws: `io`; `unsupported` for a network that is not one ensemble, or has splits that XGBoost does
  ///   not support.
  public static func write(_ network: Network, to path: String) throws {
    let (sink, name) = DirectorySink.nextTo(path)
    try write(network, as: name, to: sink)
  }

  /// The same to any destination.
  public static func write(_ network: Network, as name: String, to sink: any FileSink) throws {
    let json = try json(network)
    guard name.lowercased().hasSuffix(".ubj") else { return try sink.write(name, json.text()) }
    let bytes = UBJSONWriter.bytes(json)
    try sink.write(name) { write in try bytes.withUnsafeBytes(write) }
  }

  static func json(_ network: Network) throws -> JSONValue {
    let kept = XGBoostRemainder.kept(by: network)
    if let linear = XGBoostLinear.read(network) {
      let objectiveJSON = try objective(network, outputs: linear.outputs, linear.ending)
      // The biases already contain the base score.
      let base = Float(try XGBoostObjective(objectiveJSON["name"]?.string ?? "").score(0))
      let model: JSONValue = [
        "boosted_rounds": 1, "weights": .array(linear.weights.map(decimal)),
      ]
      return XGBoostRemainder.merged(
        file(
          network, ["model": model, "name": "gblinear"], objectiveJSON, base: base, outputs: linear.outputs,
          features: linear.features,
          types: XGBoostRemainder.featureTypes(
            kept, features: linear.features, categorical: []) ?? []), kept)
    }
    let model = try TreeModel(network, for: "XGBoost's format")
    let trees = model.trees
    let objectiveJSON = try objective(network, outputs: trees.outputs, model.ending)
    let objective = try XGBoostObjective(objectiveJSON["name"]?.string ?? "")
    // A base score is a probability, which cannot represent margins far from 0; files before 3.1 have one for
    // all outputs.
    let fits = model.bias.count == 1 && abs(model.bias[0]) < 8 && model.scale == 1
    let base = fits ? Float(objective.score(Double(model.bias[0]))) : Float(objective.score(0))
    // The rounding error of the base score in float32 is added to the leaves.
    let start = Float(objective.margin(Double(base)))
    let values = try model.values(adding: model.bias.map { abs($0 - start) < 1e-6 && fits ? 0 : $0 - start })
    let outputs = trees.outputs
    let names = network.categoryNames
    let categorical = Set(trees.trees.flatMap { $0.splits.filter { $0.comparison == .inSet }.map(\.feature) })
      .union(names.indices.filter { !names[$0].isEmpty && $0 < trees.features })
    var treesJSON: JSONValue = [
      "gbtree_model_param": [
        "num_parallel_tree": "1", "num_trees": .string(String(trees.trees.count)),
      ],
      "iteration_indptr": .array(
        stride(from: 0, through: trees.trees.count, by: outputs).map { .integer($0) }),
      "tree_info": .array(trees.trees.map { .integer($0.output) }),
      "trees": .array(
        try trees.trees.enumerated().map {
          try tree($0.element, $0.offset, trees.features, values, scale: model.scale)
        }),
    ]
    if let categories = XGBoostCategories.json(names, features: trees.features),
      let members = treesJSON.members
    {
      treesJSON = .object([.init("cats", categories)] + members)
    }
    let types =
      XGBoostRemainder.featureTypes(kept, features: trees.features, categorical: categorical)
      ?? (network.columns.isEmpty && categorical.isEmpty
        ? [] : (0..<trees.features).map { categorical.contains($0) ? "c" : "float" })
    return XGBoostRemainder.merged(
      file(
        network, ["model": treesJSON, "name": "gbtree"], objectiveJSON, base: base, outputs: outputs,
        features: trees.features, types: types), kept)
  }

  private static func file(
    _ network: Network, _ booster: JSONValue, _ objective: JSONValue, base: Float, outputs: Int,
    features: Int,
    types: [String]
  ) -> JSONValue {
    [
      "learner": [
        "attributes": .object([]),
        "feature_names": .strings(network.columns),
        "feature_types": .strings(types),
        "gradient_booster": booster,
        "learner_model_param": [
          "base_score": .string("\(base)"), "boost_from_average": "1",
          "num_class": .string(network.link == .softmax ? String(outputs) : "0"),
          "num_feature": .string(String(features)),
          "num_target": .string(network.link == .softmax ? "1" : String(outputs)),
        ],
        "objective": objective,
      ],
      "version": [2, 1, 0],
    ]
  }

  /// The objective of the original file, or a plain one for the link and the ending.
  private static func objective(_ network: Network, outputs: Int, _ ending: TreeEnding) throws -> JSONValue {
    if let text = network.metadata.first(where: { $0.key == XGBoostObjective.key })?.value,
      let json = try? JSONValue.parse(text), let name = json["name"]?.string,
      let known = try? XGBoostObjective(name), known.link == network.link, known.ending == ending
    {
      return json
    }
    let weights: JSONValue = ["scale_pos_weight": "1"]
    switch (ending, network.link) {
    case (.exponential, _):
      return ["name": "count:poisson", "poisson_regression_param": ["max_delta_step": "0.7"]]
    case (.sigmoid, _): return ["name": "reg:logistic", "reg_loss_param": weights]
    case (.step, _): return ["name": "binary:hinge"]
    case (.softplus, _), (.signedSquare, _):
      throw Failure.unsupported(
        "XGBoost's format has no objective whose predictions are \(ending.phrase); \"onnx\", \"lightgbm\" and the "
          + "library's own format have")
    case (.none, .sigmoid): return ["name": "binary:logistic", "reg_loss_param": weights]
    case (.none, .softmax):
      return ["name": "multi:softprob", "softmax_multiclass_param": ["num_class": .string(String(outputs))]]
    case (.none, .identity), (.none, .logits): return ["name": "reg:squarederror", "reg_loss_param": weights]
    }
  }

  /// One entry per node in each list. The children of a split are adjacent: XGBoost expects the right child
  /// after the left one.
  private static func tree(
    _ tree: DecisionTrees.Tree, _ id: Int, _ features: Int, _ values: [Float], scale: Float
  ) throws -> JSONValue {
    let count = tree.splits.count + tree.leafCount
    var left = [JSONValue](repeating: -1, count: count)
    var right = left
    var parents = [JSONValue](repeating: .integer(Int(Int32.max)), count: count)
    var conditions = [JSONValue](repeating: 0.0, count: count)
    var indices = [JSONValue](repeating: 0, count: count)
    var defaults = indices
    var types = indices
    var gains = conditions
    var covers = conditions
    var (categories, nodes, segments, sizes): ([JSONValue], [JSONValue], [JSONValue], [JSONValue]) = (
      [], [], [], []
    )
    let below = tree.covers
    // The numbers of the nodes, level by level.
    var places = [tree.splits.isEmpty ? ~0 : 0]
    for node in 0..<count {
      let place = places[node]
      guard place >= 0 else {
        let value = values[tree.firstLeaf + ~place] * scale
        guard value.isFinite else { throw Failure.unsupported("a leaf of \(value) cannot be written") }
        conditions[node] = decimal(value)
        covers[node] = decimal(tree.cover[~place])
        continue
      }
      let split = tree.splits[place]
      var (first, second, missingFirst) = (split.left, split.right, split.missingGoesLeft)
      indices[node] = .integer(split.feature)
      gains[node] = decimal(split.gain)
      covers[node] = decimal(min(below[place].left + below[place].right, .greatestFiniteMagnitude))
      guard !split.zeroIsMissing else {
        throw Failure.unsupported("XGBoost's format has no split in which zero counts as missing")
      }
      switch split.comparison {
      case .less: conditions[node] = decimal(SplitNumbers.above(split.threshold))
      // x ≤ t is written as x < the next larger number.
      case .lessOrEqual: conditions[node] = decimal(SplitNumbers.below(split.threshold).nextUp)
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
      let child = places.count
      (left[node], right[node], defaults[node]) = (.integer(child), .integer(child + 1), missingFirst ? 1 : 0)
      (parents[child], parents[child + 1]) = (.integer(node), .integer(node))
      places += [first, second]
    }
    return [
      "base_weights": .array(conditions), "categories": .array(categories), "categories_nodes": .array(nodes),
      "categories_segments": .array(segments), "categories_sizes": .array(sizes),
      "default_left": .array(defaults), "id": .integer(id), "left_children": .array(left),
      "loss_changes": .array(gains), "parents": .array(parents), "right_children": .array(right),
      "split_conditions": .array(conditions), "split_indices": .array(indices), "split_type": .array(types),
      "sum_hessian": .array(covers),
      "tree_param": [
        "num_deleted": "0", "num_feature": .string(String(features)), "num_nodes": .string(String(count)),
        "size_leaf_vector": "1",
      ],
    ]
  }

  /// A float with the fewest digits that identify it, for readers that parse float32.
  private static func decimal(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? Double(value)) }
}
