import Engine
import Platform

/// A tensor of normal numbers with standard deviation 0.1; equal for equal names.
func normalTensor(_ name: String, _ dimensions: [Int]) throws -> Tensor {
  var stream = RandomStream(seed: 3, purpose: name)
  return try Tensor(
    name: name, dimensions: dimensions,
    values: (0..<dimensions.reduce(1, *)).map { _ in 0.1 * Float(stream.normal()) })
}
