import Engine
import Platform

/// A tensor of normal numbers with a deviation of 0.1, the same for the same name.
func normalTensor(_ name: String, _ dimensions: [Int]) throws -> Tensor {
  var stream = RandomStream(seed: 3, purpose: name)
  return try Tensor(
    name: name, dimensions: dimensions,
    values: (0..<dimensions.reduce(1, *)).map { _ in 0.1 * Float(stream.normal()) })
}
