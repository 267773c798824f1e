import Engine
import Platform

/// ai.onnx.ml's SVMClassifier (for two classes also without Platt's scaling) and SVMRegressor.
enum ONNXSupportVectors {
  static func regressor(_ call: ONNXCall) throws -> [ONNXSymbol] {
    guard try call.integer("one_class", 0) == 0 else {
      throw call.unsupported("one-class machines are not supported")
    }
    guard try call.string("post_transform", "NONE") == "NONE" else {
      throw call.unsupported("only the transform NONE is supported")
    }
    return [.rows(try machine(call))]
  }

  /// The classes of an SVMClassifier.
  static func labels(_ call: some ONNXAttributeReading) throws -> [String] {
    if let names = try call.strings("classlabels_strings"), !names.isEmpty { return names }
    return try (call.integers("classlabels_ints") ?? []).map { String($0) }
  }

  /// P(second class) = 1 / (1 + e^−(A f + B)) (Platt 1999), where the file's f refers to the first class.
  /// With more classes there is one f for each pair, and their probabilities are coupled.
  static func classifier(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let labels = try labels(call)
    guard labels.count >= 2 else { throw call.invalid("has \(labels.count) classes; 2 are needed") }
    let pairs = PairwiseCoupling.pairs(labels.count)
    if labels.count == 2, try call.floats("prob_a") ?? [] == [] {
      guard try call.string("post_transform", "NONE") == "NONE" else {
        throw call.unsupported("only the transform NONE is supported")
      }
      call.importer.classLabels = labels
      // The decision function is positive for the first class; the format's scores are (−f, f), against the labels.
      let machine = try call.apply(Unary(.negate), [machine(call)])
      let mirror = try call.apply(Unary(.negate), [machine])
      return [.label, .rows(try call.apply(Concatenation(axis: 0), [mirror, machine]))]
    }
    guard let a = try call.floats("prob_a"), let b = try call.floats("prob_b"), a.count == pairs,
      b.count == pairs
    else {
      throw call.unsupported(
        "has more than two classes and no probabilities (prob_a, prob_b), so that it decides by votes, which have no "
          + "gradient; scikit-learn exports them with probability=True")
    }
    call.importer.classLabels = labels
    // The tools use pairwise coupling for two classes, too. Its limited accuracy is visible in the results.
    let counts = try call.integers("vectors_per_class") ?? []
    let scaled = try call.apply(
      Arithmetic(.multiply),
      [machine(call, classCounts: counts), call.parameter(a.map { -$0 }, "prob_a")])
    let logits = try call.apply(Arithmetic(.add), [scaled, call.parameter(b.map { -$0 }, "prob_b")])
    let classes = try call.apply(PairwiseCoupling(classes: labels.count), [logits])
    return [.label, .rows(try call.apply(Softmax(), [classes]))]
  }

  private static func machine(_ call: ONNXCall, classCounts: [Int] = []) throws -> Graph.ValueID {
    let x = try call.rows(0)
    guard call.rank(x) == 2 else {
      throw call.invalid("its input has \(call.rank(x)) dimensions; 2 are needed")
    }
    let (features, coefficients) = (call.shape(x).last, try call.floats("coefficients") ?? [])
    let vectors = try call.floats("support_vectors") ?? []
    guard !vectors.isEmpty else {
      throw call.unsupported("has no support vectors; a linear model is LinearClassifier")
    }
    let functions = max(classCounts.count - 1, 1)
    let (wanted, overflow) = (coefficients.count / functions).multipliedReportingOverflow(by: features)
    guard !overflow, vectors.count == wanted, let rho = try call.floats("rho"),
      rho.count == (classCounts.isEmpty ? 1 : PairwiseCoupling.pairs(classCounts.count))
    else {
      throw call.invalid(
        "has \(vectors.count) numbers of vectors for \(coefficients.count) coefficients of \(features) columns"
      )
    }
    let kernels: [String: KernelMachine.Kernel] = [
      "LINEAR": .linear, "POLY": .polynomial, "RBF": .radial, "SIGMOID": .sigmoid,
    ]
    let name = try call.string("kernel_type", "LINEAR")
    guard let kernel = kernels[name] else { throw call.invalid("the kernel \(name) is not known") }
    let parameters = (try call.floats("kernel_params") ?? []) + [0, 0, 0]
    let machine = try KernelMachine(
      kernel, gamma: parameters[0], constant: parameters[1], degree: parameters[2], features: features,
      vectors: SupportVectors.byFeature(vectors, features: features), classCounts: classCounts)
    return try call.apply(machine, [x, weight(call, coefficients, "coefficients"), weight(call, rho, "rho")])
  }

  private static func weight(_ call: ONNXCall, _ values: [Float], _ role: String) throws -> Graph.ValueID {
    guard values.allSatisfy(\.isFinite) else { throw call.invalid("a number of its \(role) is not finite") }
    var tensor = try ONNXTensor.floats(values, dimensions: [values.count])
    tensor.weight = "\(call.node.name).\(role)"
    return try call.parameter(tensor, role)
  }
}

/// Converts support vectors between the order of files (vector by vector) and that of the kernels.
enum SupportVectors {
  static func byFeature(_ vectors: [Float], features: Int) throws -> Buffer<Float> {
    let result = try Buffer<Float>(count: vectors.count, for: "support vectors")
    let count = vectors.count / max(features, 1)
    for vector in 0..<count {
      for feature in 0..<features {
        result.pointer[feature * count + vector] = vectors[vector * features + feature]
      }
    }
    return result
  }

  static func byVector(_ machine: KernelMachine) -> [Float] {
    let (count, all) = (machine.count, machine.vectors.array)
    return (0..<count).flatMap { vector in (0..<machine.features).map { all[$0 * count + vector] } }
  }
}

extension ONNXGraphWriting {
  private func values(_ node: Graph.Node, _ index: Int) throws -> [Float] {
    guard node.inputs.indices.contains(index), case .parameter(let place) = graph[node.inputs[index]].source
    else { throw Failure.internal("coefficients that are no parameter") }
    return try graph.parameters[place].values.array
  }

  private static let kernels: [KernelMachine.Kernel: String] = [
    .linear: "LINEAR", .polynomial: "POLY", .radial: "RBF", .sigmoid: "SIGMOID",
  ]

  /// Writes a machine with more than two classes: four nodes in the engine, one SVMClassifier in the file, at
  /// the place of the last node.
  ///
  /// - Returns: whether the node is one of the four.
  mutating func writeCoupledMachine(_ node: Graph.Node) throws -> Bool {
    guard let coupling else { return false }
    func producer(_ id: Graph.ValueID) -> Graph.Node? { graph.nodes.first { $0.output == id } }
    guard let shifted = producer(coupling.inputs[0]), let scaled = producer(shifted.inputs[0]),
      let source = producer(scaled.inputs[0]), let machine = source.operation as? KernelMachine
    else { return false }
    guard node.output == coupling.output else {
      return [shifted.output, scaled.output, source.output].contains(node.output)
    }
    let result = declare(node)
    let label = unique("\(result)_label")
    let probabilities = unique("\(result)_probabilities")
    classicalVersion = max(classicalVersion ?? 1, 1)
    nodes.append(
      ONNXMessage.node(
        "SVMClassifier", [try vector(source.inputs[0])], [label, probabilities], name: probabilities,
        domain: "ai.onnx.ml",
        [
          ("kernel_type", .text(Self.kernels[machine.kernel] ?? "")),
          ("kernel_params", .floats([machine.gamma, machine.constant, machine.degree])),
          ("support_vectors", .floats(SupportVectors.byVector(machine))),
          ("vectors_per_class", .integers(machine.classCounts)),
          ("coefficients", .floats(try values(source, 1))), ("rho", .floats(try values(source, 2))),
          ("prob_a", .floats(try values(scaled, 1).map { -$0 })),
          ("prob_b", .floats(try values(shifted, 1).map { -$0 })),
          ("classlabels_ints", .integers(Array(machine.classCounts.indices))),
          ("post_transform", .text("NONE")),
        ]))
    add("Log", [probabilities], like: "", output: result)
    return true
  }

  /// Writes an SVMRegressor, whose result is the decision function.
  mutating func write(_ machine: KernelMachine, _ node: Graph.Node, _ output: String) throws {
    let x = try vector(node.inputs[0])
    add(
      "SVMRegressor", [x], like: "", output: output, domain: 1,
      [
        ("kernel_type", .text(Self.kernels[machine.kernel] ?? "")),
        ("kernel_params", .floats([machine.gamma, machine.constant, machine.degree])),
        ("support_vectors", .floats(SupportVectors.byVector(machine))),
        ("n_supports", .integer(machine.count)),
        ("coefficients", .floats(try values(node, 1))), ("rho", .floats(try values(node, 2))),
        ("post_transform", .text("NONE")),
      ])
  }
}
