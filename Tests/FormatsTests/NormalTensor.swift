import Engine
import Platform

/// A tensor of normal numbers with standard deviation 0.1; equal for equal names.
func normalTensor(_ parameter: AdapterParameter) throws -> Tensor {
  var stream = RandomStream(seed: 3, purpose: parameter.name)
  return try Tensor(
    name: parameter.name, dimensions: parameter.dimensions,
    values: (0..<parameter.dimensions.reduce(1, *)).map { _ in 0.1 * Float(stream.normal()) })
}
