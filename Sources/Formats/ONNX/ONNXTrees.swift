import Engine
import Platform

/// The operators of decision trees in ai.onnx.ml: TreeEnsembleClassifier and TreeEnsembleRegressor (versions 1 and 3),
/// and TreeEnsemble (version 5), which replaces both.
enum ONNXTrees {
  static func regressor(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let targets = try call.integer("n_targets", 1)
    let nodes = try ONNXTreeNodes(call)
    let leaves = try ONNXTreeLeaves(call, "target", nodes, outputs: targets)
    let base = try call.floatsOrTensor("base_values") ?? []
    guard base.isEmpty || base.count == targets else {
      throw call.invalid("has \(base.count) base values for \(targets) targets")
    }
    let values = try ensemble(call, leaves, base, aggregate(call, call.string("aggregate_function", "SUM")))
    return [.rows(try transformed(call, values, call.string("post_transform", "NONE")))]
  }

  static func ensemble(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let targets = try call.integer("n_targets", 1)
    let nodes = try ONNXTreeNodes(version5: call)
    let leaves = try ONNXTreeLeaves(version5: call, nodes, outputs: targets)
    let aggregates = ["AVERAGE", "SUM", "MIN", "MAX"]
    let transforms = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"]
    let (aggregate, transform) = (
      try call.integer("aggregate_function", 1), try call.integer("post_transform", 0)
    )
    guard aggregates.indices.contains(aggregate), transforms.indices.contains(transform) else {
      throw call.invalid("has an aggregate function \(aggregate) and a post transform \(transform)")
    }
    let values = try Self.ensemble(call, leaves, [], Self.aggregate(call, aggregates[aggregate]))
    return [.rows(try transformed(call, values, transforms[transform]))]
  }

  /// The first output is the label, the second the scores after `post_transform`.
  static func classifier(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let labels: [String]
    if let names = try call.strings("classlabels_strings"), !names.isEmpty {
      labels = names
    } else {
      labels = try (call.integers("classlabels_int64s") ?? []).map { String($0) }
    }
    guard labels.count >= 2 else {
      throw call.unsupported("\(labels.count) classes; 2 or more are supported")
    }
    call.importer.classLabels = labels
    let nodes = try ONNXTreeNodes(call)
    let base = try call.floatsOrTensor("base_values") ?? []
    let transform = try call.string("post_transform", "NONE")
    let classes = Set(try call.integers("class_ids") ?? [])
    guard labels.count == 2, classes.count == 1 else {
      let leaves = try ONNXTreeLeaves(call, "class", nodes, outputs: labels.count)
      guard base.isEmpty || base.count == labels.count else {
        throw call.invalid("has \(base.count) base values for \(labels.count) classes")
      }
      let scores = try ensemble(call, leaves, base, (.sum, 1))
      // The values are shares of the training rows; they are limited to above 0, so that they have
      // logarithms.
      let areShares = transform == "NONE" && leaves.values.allSatisfy { $0 >= 0 }
      let bounded =
        areShares
        ? try call.apply(Arithmetic(.maximum), [scores, call.parameter([Self.leastShare], "least")]) : scores
      return [.label, .rows(try transformed(call, bounded, transform))]
    }
    // With two classes and scores for one, the other has the complement.
    guard base.count <= 1 else { throw call.unsupported("two base values for scores of one class") }
    let leaves = try ONNXTreeLeaves(call, "class", nodes, outputs: 1, onlyClass: classes.first)
    let score = try ensemble(call, leaves, base, (.sum, 1))
    if leaves.values.allSatisfy({ $0 >= 0 }) {
      // The score is a probability, regardless of the transform.
      let above = try call.apply(Arithmetic(.maximum), [score, call.parameter([Self.leastShare], "least")])
      let p = try call.apply(
        Arithmetic(.minimum), [above, call.parameter([1 - Self.leastShare], "greatest")])
      return [.label, .rows(try withComplement(call, p))]
    }
    switch transform {
    case "LOGISTIC":
      return [.label, .rows(try withComplement(call, call.apply(Activation(.sigmoid), [score])))]
    case "NONE":
      let negative = try call.apply(Unary(.negate), [score])
      return [.label, .rows(try call.apply(Concatenation(axis: 0), [negative, score]))]
    default: throw call.unsupported("the transform \(transform) of one score is not supported")
    }
  }

  /// Smaller than every share that training rows can have, and large enough to be representable next to 1 in
  /// float32.
  private static let leastShare: Float = 1e-7

  private static func withComplement(_ call: ONNXCall, _ p: Graph.ValueID) throws -> Graph.ValueID {
    let complement = try call.apply(Arithmetic(.subtract), [call.parameter([1], "one"), p])
    return try call.apply(Concatenation(axis: 0), [complement, p])
  }

  private static func aggregate(_ call: ONNXCall, _ name: String) throws -> (LeafSums.Aggregate, trees: Int?)
  {
    switch name {
    case "SUM": (.sum, 1)
    case "AVERAGE": (.sum, nil)
    case "MIN": (.minimum, 1)
    case "MAX": (.maximum, 1)
    default: throw call.invalid("the aggregate function \(name) is not known")
    }
  }

  private static func ensemble(
    _ call: ONNXCall, _ leaves: ONNXTreeLeaves, _ base: [Float],
    _ aggregate: (LeafSums.Aggregate, trees: Int?)
  ) throws -> Graph.ValueID {
    let x = try call.rows(0)
    guard call.rank(x) == 2 else {
      throw call.invalid("its input has \(call.rank(x)) dimensions; 2 are needed")
    }
    let count = leaves.trees.leafCount
    let width = leaves.values.count / max(count, 1)
    var operands = [x, try weight(call, leaves.values, width > 1 ? [count, width] : [count], "leaves")]
    if base.contains(where: { $0 != 0 }) {
      operands.append(try weight(call, base, [base.count], "base_values"))
    }
    let factor = 1 / Float(max(aggregate.trees ?? leaves.trees.trees.count, 1))
    return try call.apply(TreeEnsemble(TreeLayout(leaves.trees), aggregate.0, factor: factor), operands)
  }

  /// Weights stored in an attribute.
  private static func weight(
    _ call: ONNXCall, _ values: [Float], _ dimensions: [Int], _ role: String
  ) throws -> Graph.ValueID {
    guard values.allSatisfy(\.isFinite) else { throw call.invalid("a number of its \(role) is not finite") }
    var tensor = try ONNXTensor.floats(values, dimensions: dimensions)
    tensor.weight = "\(call.node.name).\(role)"
    return try call.parameter(tensor, role)
  }

  private static func transformed(
    _ call: ONNXCall, _ value: Graph.ValueID, _ transform: String
  ) throws -> Graph.ValueID {
    switch transform {
    case "NONE": value
    case "LOGISTIC": try call.apply(Activation(.sigmoid), [value])
    case "SOFTMAX": try call.apply(Softmax(), [value])
    default: throw call.unsupported("the transform \(transform) is not supported")
    }
  }
}

extension ONNXCall {
  /// A list of numbers, which newer files may store as a tensor of another precision.
  func floatsOrTensor(_ name: String) throws -> [Float]? {
    try tensor(name + "_as_tensor") ?? floats(name)
  }

  /// The numbers of an attribute that is a tensor.
  func tensor(_ name: String) throws -> [Float]? {
    guard let attribute = node.attributes[name] else { return nil }
    guard case .tensor(let tensor) = attribute, let values = try tensor.floats() else {
      throw invalid("attribute \"\(name)\" is not a tensor of numbers")
    }
    return values.array
  }
}
