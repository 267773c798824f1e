import Platform

/// Named weights: contiguous, row-major float32. Immutable and shared: a tuned model keeps the
/// tensors that tuning left alone.
public final class Tensor: @unchecked Sendable {
  public let name: String
  public let shape: Shape
  public let values: Buffer<Float>

  /// - Throws: `invalidModel` when the values are not as many as the shape says.
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
