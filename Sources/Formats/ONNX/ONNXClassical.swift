import Engine
import Platform

/// The operators of ai.onnx.ml for pipelines of classical models.
enum ONNXClassical {
  /// y = (x − offset) · scale
  static func scaler(_ call: ONNXCall) throws -> [ONNXSymbol] {
    var value = try call.rows(0)
    let width = call.shape(value).last
    for (name, function, neutral) in [
      ("offset", Arithmetic.Function.subtract, Float(0)), ("scale", .multiply, 1),
    ] {
      guard let values = try call.floats(name), !values.allSatisfy({ $0 == neutral }) else { continue }
      guard values.count == width || values.count == 1 else {
        throw call.invalid("its \(name) has \(values.count) values for \(width) columns")
      }
      value = try call.apply(Arithmetic(function), [value, call.parameter(values, name)])
    }
    return [.rows(value)]
  }

  static func linearRegressor(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let targets = try call.integer("targets", 1)
    let values = try linear(call, outputs: targets)
    let transform = try call.string("post_transform", "NONE")
    return [.rows(try transformed(call, values, transform))]
  }

  /// The first output is the label, the second the scores after `post_transform`.
  static func linearClassifier(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let labels: [String]
    if let names = try call.strings("classlabels_strings"), !names.isEmpty {
      labels = names
    } else {
      labels = try (call.integers("classlabels_ints") ?? []).map { String($0) }
    }
    call.importer.classLabels = labels
    let intercepts = try call.floats("intercepts") ?? []
    let coefficients = try call.floats("coefficients") ?? []
    let width = call.shape(try call.rows(0)).last
    guard width > 0, coefficients.count % width == 0, labels.count >= 2,
      labels.count <= coefficients.count + 1
    else {
      throw call.invalid(
        "has \(coefficients.count) coefficients for \(width) columns and \(labels.count) classes")
    }
    let scores = coefficients.count / width
    let transform = try call.string("post_transform", "NONE")
    // Two classes are often stored twice, the first with negated signs; this is a single logit.
    let mirrored =
      scores == 2 && labels.count == 2 && transform == "LOGISTIC"
      && zip(coefficients[..<width], coefficients[width...]).allSatisfy { $0 == -$1 }
      && (intercepts.isEmpty || intercepts.count == 2 && intercepts[0] == -intercepts[1])
    guard scores == labels.count || scores == 1 && labels.count == 2 && transform == "LOGISTIC" else {
      throw call.unsupported("\(scores) scores for \(labels.count) classes after \(transform)")
    }
    if mirrored || scores == 1 {
      let logit = try linear(call, outputs: 1, last: true)
      let p = try call.apply(Activation(.sigmoid), [logit])
      let complement = try call.apply(Arithmetic(.subtract), [call.parameter([1], "one"), p])
      return [.label, .rows(try call.apply(Concatenation(axis: 0), [complement, p]))]
    }
    return [.label, .rows(try transformed(call, linear(call, outputs: scores), transform))]
  }

  /// x Wᵀ + b with the node's coefficients; only the last output if `last`.
  private static func linear(_ call: ONNXCall, outputs: Int, last: Bool = false) throws -> Graph.ValueID {
    let x = try call.rows(0)
    var coefficients = try call.floats("coefficients") ?? []
    var intercepts = try call.floats("intercepts") ?? []
    guard call.rank(x) == 2 else {
      throw call.invalid("its input has \(call.rank(x)) dimensions; 2 are needed")
    }
    let width = call.shape(x).last
    if last {
      coefficients = coefficients.suffix(width)
      intercepts = intercepts.suffix(1)
    }
    let (wanted, overflow) = outputs.multipliedReportingOverflow(by: width)
    guard outputs > 0, !overflow, coefficients.count == wanted,
      intercepts.isEmpty || intercepts.count == outputs
    else {
      throw call.invalid(
        "has \(coefficients.count) coefficients and \(intercepts.count) intercepts for \(width) columns and \(outputs) outputs"
      )
    }
    var operands = [x, try weight(call, coefficients, [outputs, width], "coefficients")]
    if !intercepts.isEmpty { operands.append(try weight(call, intercepts, [outputs], "intercepts")) }
    return try call.apply(Linear(), operands)
  }

  /// Weights stored in an attribute.
  private static func weight(
    _ call: ONNXCall, _ values: [Float], _ dimensions: [Int], _ role: String
  ) throws -> Graph.ValueID {
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

  /// Divides a row by its norm: the sum of absolute values, the Euclidean length, or the largest.
  static func normalizer(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let x = try call.rows(0)
    guard call.rank(x) == 2 else {
      throw call.invalid("its input has \(call.rank(x)) dimensions; 2 are needed")
    }
    let norm = try call.string("norm", "MAX")
    // A row whose length is 0 stays as it is: length + (1 − [|length| > 0]).
    func notZero(_ length: Graph.ValueID) throws -> Graph.ValueID {
      let isDivided = try call.apply(Threshold(0), [call.apply(Unary(.absolute), [length])])
      let rest = try call.apply(Arithmetic(.subtract), [call.parameter([1], "one"), isDivided])
      return try call.apply(Arithmetic(.add), [length, rest])
    }
    let length: Graph.ValueID
    switch norm {
    case "L1":
      let sizes = try call.apply(Unary(.absolute), [x])
      length = try notZero(call.apply(Reduction(.sum, axes: 0..<1, keepsAxes: true), [sizes]))
    case "L2":
      let squares = try call.apply(Arithmetic(.multiply), [x, x])
      let sum = try call.apply(Reduction(.sum, axes: 0..<1, keepsAxes: true), [squares])
      // The root has no derivative at 0.
      let least = try call.parameter([Float.leastNormalMagnitude], "least")
      length = try call.apply(Unary(.squareRoot), [call.apply(Arithmetic(.maximum), [sum, least])])
    case "MAX": length = try notZero(call.apply(Reduction(.maximum, axes: 0..<1, keepsAxes: true), [x]))
    default: throw call.invalid("the norm \(norm) is not known")
    }
    return [.rows(try call.apply(Arithmetic(.divide), [x, length]))]
  }

  /// Selects columns, in a given order.
  static func arrayFeatureExtractor(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let x = try call.rows(0)
    guard call.rank(x) == 2 else { throw call.unsupported("takes columns of \(call.shape(x))") }
    guard let indices = try call.requiredConstant(1).integers else {
      throw call.invalid("its indices are not whole numbers")
    }
    return [.rows(try ONNXSelection.columns(call, x, axis: 0, indices))]
  }

  static func featureVectorizer(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let values = try call.operands.indices.map { try call.rows($0) }
    guard !values.isEmpty else { throw call.invalid("has no inputs") }
    return [.rows(values.count == 1 ? values[0] : try call.apply(Concatenation(axis: 0), values))]
  }

  /// A list of maps from class to probability; here, the probabilities and the names of the classes.
  static func zipMap(_ call: ONNXCall) throws -> [ONNXSymbol] {
    if let classes = try classes(call) { call.importer.classLabels = classes }
    return [.rows(try call.rows(0))]
  }

  /// The classes that a ZipMap names.
  static func classes(_ call: some ONNXAttributeReading) throws -> [String]? {
    if let names = try call.strings("classlabels_strings"), !names.isEmpty { return names }
    return try call.integers("classlabels_int64s")?.map { String($0) }
  }
}
