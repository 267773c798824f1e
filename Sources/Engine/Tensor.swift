import Platform

/// Named weights: contiguous, row-major float32. Tensors are immutable and shared: a tuned model and its base
/// share those that tuning has not changed.
public final class Tensor: @unchecked Sendable {
  public let name: String
  public let shape: Shape
  public let values: Buffer<Float>

  /// - Throws: `invalidModel` if the number of values does not fit the shape.
  public init(name: String, shape: Shape, values: Buffer<Float>) throws {
    guard values.count == shape.count else {
      throw Failure.invalidModel(
        "tensor \"\(name)\" has \(values.count) values where its shape \(shape) asks for \(shape.count)",
        at: name)
    }
    self.name = name
    self.shape = shape
    self.values = values
  }

  public convenience init(name: String, dimensions: [Int], values: [Float]) throws {
    try self.init(name: name, shape: Shape(dimensions), values: Buffer(copying: values))
  }
}
