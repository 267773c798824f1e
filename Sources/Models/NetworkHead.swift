import Configurations
import Engine
import Fairness
import Formats
import Platform

extension HeadConfig {
  /// The name of the last layer; the layers before it are "head.0", "head.1" …
  package static let name = "head"

  /// The network with a new head for a task; its weights are uniform in ±1/√inputs.
  package func fitted(to network: Network, task: Fairness.Task, seed: Int) throws -> Network {
    let (outputs, link) = task.newOutputs
    return try fitted(to: network, outputs: outputs, link, seed: seed)
  }

  /// The same for a given number of outputs.
  package func fitted(to network: Network, outputs: Int, _ link: Network.Link, seed: Int) throws -> Network {
    var random = RandomStream(seed: UInt64(bitPattern: Int64(seed)), purpose: "head")
    let taken = Set(network.graph.parameters.map(\.name))
    return try fitted(to: network, outputs: outputs, link) { name, dimensions, inputs in
      var unique = name
      while taken.contains(unique) { unique = "new_" + unique }
      let bound = 1 / Float(max(inputs, 1)).squareRoot()
      let values = try Buffer<Float>(count: Shape(dimensions).count, for: "weights")
      for index in 0..<values.count { values.pointer[index] = Float(random.uniform() * 2 - 1) * bound }
      return try Tensor(name: unique, shape: Shape(dimensions), values: values)
    }
  }

  /// The same with stored weights.
  ///
  /// - Throws: `invalidModel` for a missing weight or a wrong shape.
  package func fitted(to network: Network, _ link: Network.Link, stored: (String) -> Tensor?) throws
    -> Network
  {
    guard let outputs = stored(Self.name + ".weight")?.shape.dimensions.first else {
      throw Failure.invalidModel("the tensor \"\(Self.name).weight\" is missing", at: Self.name + ".weight")
    }
    return try fitted(to: network, outputs: outputs, link) { name, dimensions, _ in
      guard let tensor = stored(name), tensor.shape.dimensions == dimensions else {
        throw Failure.invalidModel(
          "the tensor \"\(name)\" is missing or not \(try Shape(dimensions))", at: name)
      }
      return tensor
    }
  }

  private func fitted(
    to network: Network, outputs: Int, _ link: Network.Link,
    tensor: (_ name: String, _ dimensions: [Int], _ inputs: Int) throws -> Tensor
  ) throws -> Network {
    var result = network
    result.graph = try network.graph.replacingHead { builder, body in
      var value = body
      let width = builder.shape(of: value).count
      if builder.shape(of: value).dimensions.count != 1 {
        value = try builder.reshape(value, to: Shape(width: width), name: "head.flat")
      }
      let widths = hidden + [outputs]
      for (layer, outputs) in widths.enumerated() {
        let name = layer == widths.count - 1 ? Self.name : "\(Self.name).\(layer)"
        if dropout > 0 {
          value = try builder.apply(
            Dropout(rate: Float(dropout), stream: UInt64(1000 + layer)), to: [value], name: "\(name).dropout")
        }
        let inputs = builder.shape(of: value).last
        let weights = [
          builder.parameter(try tensor("\(name).weight", [outputs, inputs], inputs)),
          builder.parameter(try tensor("\(name).bias", [outputs], inputs)),
        ]
        value = try builder.apply(Linear(), to: [value] + weights, name: name)
        if layer < widths.count - 1 {
          value = try builder.apply(Activation(.relu), to: [value], name: "\(name).relu")
        }
      }
      return value
    }
    result.link = link
    result.classLabels = nil
    result.output = Network.Output(name: "output")
    return result
  }
}
