import Engine
import Platform

/// The booster gblinear: a weight for each feature and output, followed by a bias for each output.
struct XGBoostLinear {
  private let features: Int
  private let outputs: Int
  /// (features + 1, outputs)
  private let weights: [Float]

  /// - Throws: `invalidModel` at the JSON pointer.
  init(_ model: JSONValue, features: Int, outputs: Int) throws {
    let pointer = "/learner/gradient_booster/model/weights"
    let (wanted, overflow) = (features + 1).multipliedReportingOverflow(by: outputs)
    guard let list = model["weights"]?.array, !overflow, list.count == wanted else {
      throw Failure.invalidModel(
        "has \(model["weights"]?.array?.count ?? 0) numbers for \(features) features and \(outputs) outputs",
        at: pointer)
    }
    weights = list.compactMap { $0.double.map { Float($0) } }
    guard weights.count == wanted, weights.allSatisfy(\.isFinite) else {
      throw Failure.invalidModel("has something that is not a finite number", at: pointer)
    }
    (self.features, self.outputs) = (features, outputs)
  }

  /// - Parameter margins: the margins of the base scores, which are added to the biases.
  func applied(
    to input: Graph.ValueID, adding margins: [Float], in builder: inout GraphBuilder
  ) throws -> Graph.ValueID {
    let bias = zip(weights.suffix(outputs), margins).map { $0 + $1 }
    return try builder.apply(
      Linear(weightIsInputMajor: true),
      to: [
        input,
        builder.parameter(
          try Tensor(
            name: "weights", dimensions: [features, outputs], values: Array(weights.dropLast(outputs)))),
        builder.parameter(try Tensor(name: "bias", dimensions: [outputs], values: bias)),
      ], name: "linear")
  }

  /// The parts of a network that is one linear layer; nil for other networks.
  static func read(_ network: Network) -> (weights: [Float], features: Int, outputs: Int, ending: TreeEnding)?
  {
    let graph = network.graph
    guard graph.inputs.count == 1, let node = graph.nodes.first, let linear = node.operation as? Linear,
      node.inputs.count >= 2, node.inputs[0] == graph.inputs[0],
      let (ending, scale) = TreeEnding.read(graph.nodes.dropFirst(), of: graph), scale == 1
    else { return nil }
    func parameter(_ index: Int) -> [Float]? {
      guard node.inputs.indices.contains(index), case .parameter(let place) = graph[node.inputs[index]].source
      else { return nil }
      return try? graph.parameters[place].values.array
    }
    let (features, outputs) = (graph.inputWidth, graph[node.output].shape.count)
    guard graph[graph.inputs[0]].shape.dimensions.count == 1, let matrix = parameter(1),
      matrix.count == features * outputs
    else { return nil }
    let bias = parameter(2) ?? Array(repeating: 0, count: outputs)
    guard bias.count == outputs else { return nil }
    let rows =
      linear.weightIsInputMajor
      ? matrix : (0..<features).flatMap { row in (0..<outputs).map { matrix[$0 * features + row] } }
    return (rows + bias, features, outputs, ending)
  }
}
