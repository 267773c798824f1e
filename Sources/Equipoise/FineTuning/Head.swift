import Engine
import Fairness
import Formats
import Platform

extension HeadConfig {
  /// The network with a new end for a task, its weights uniform within ±1/√inputs.
  func fitted(to network: Network, task: Fairness.Task, seed: Int) throws -> Network {
    let outputs: Int
    let link: Network.Link
    switch task {
    case .binary: (outputs, link) = (1, .sigmoid)
    case .regression: (outputs, link) = (1, .identity)
    case .multiclass(let classes): (outputs, link) = (classes, .softmax)
    }
    var random = RandomStream(seed: UInt64(bitPattern: Int64(seed)), purpose: "head")
    let taken = Set(network.graph.parameters.map(\.name))
    func tensor(_ name: String, _ dimensions: [Int], inputs: Int) throws -> Tensor {
      var unique = name
      while taken.contains(unique) { unique = "new_" + unique }
      let bound = 1 / Float(max(inputs, 1)).squareRoot()
      let values = try Buffer<Float>(count: Shape(dimensions).count, for: "weights")
      for index in 0..<values.count { values.pointer[index] = Float(random.uniform() * 2 - 1) * bound }
      return try Tensor(name: unique, shape: Shape(dimensions), values: values)
    }
    var result = network
    result.graph = try network.graph.replacingHead { builder, body in
      var value = body
      let width = builder.shape(of: value).count
      if builder.shape(of: value).dimensions.count != 1 {
        value = try builder.reshape(value, to: Shape(width: width), name: "head.flat")
      }
      let widths = hidden + [outputs]
      for (layer, outputs) in widths.enumerated() {
        let name = layer == widths.count - 1 ? "head" : "head.\(layer)"
        if dropout > 0 {
          value = try builder.apply(
            Dropout(rate: Float(dropout), stream: UInt64(1000 + layer)), to: [value], name: "\(name).dropout")
        }
        let inputs = builder.shape(of: value).last
        let weights = [
          builder.parameter(try tensor("\(name).weight", [outputs, inputs], inputs: inputs)),
          builder.parameter(try tensor("\(name).bias", [outputs], inputs: inputs)),
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
