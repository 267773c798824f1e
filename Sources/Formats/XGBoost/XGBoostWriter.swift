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
          try XGBoostTreeWriting($0.element, values, scale: model.scale).json(
            id: $0.offset, features: trees.features)
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

  /// A float with the fewest digits that identify it, for readers that parse float32.
  static func decimal(_ value: Float) -> JSONValue { .number(Double("\(value)") ?? Double(value)) }
}
