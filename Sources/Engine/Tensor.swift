import EngineKernels
import Platform

/// Named weights, contiguous and row-major. Tensors are immutable and shared: a tuned model and its base share
/// those that tuning has not changed.
///
/// Weights stay in the type of the file that they come from. What an operator computes with them follows from
/// the type: see `OperatorDefinition.reads`.
public final class Tensor: @unchecked Sendable {
  public let name: String
  public let shape: Shape
  public let storage: TensorStorage

  /// - Throws: `invalidModel` if the number of values does not fit the shape.
  public init(name: String, shape: Shape, storage: TensorStorage) throws {
    guard storage.count == shape.count else {
      throw Failure.invalidModel(
        "tensor \"\(name)\" has \(storage.count) values where its shape \(shape) asks for \(shape.count)",
        at: name)
    }
    if case .int8(_, let scales, let axis) = storage {
      guard shape.dimensions.count == 2, shape.dimensions.indices.contains(axis),
        scales.count == shape.dimensions[axis]
      else {
        throw Failure.invalidModel(
          "tensor \"\(name)\" has \(scales.count) scales for axis \(axis) of its shape \(shape)", at: name)
      }
    }
    self.name = name
    self.shape = shape
    self.storage = storage
  }

  public convenience init(name: String, shape: Shape, values: Buffer<Float>) throws {
    try self.init(name: name, shape: shape, storage: .float32(values))
  }

  public convenience init(name: String, dimensions: [Int], values: [Float]) throws {
    try self.init(name: name, shape: Shape(dimensions), values: Buffer(copying: values))
  }

  private init(_ name: String, _ tensor: Tensor) {
    self.name = name
    (shape, storage) = (tensor.shape, tensor.storage)
  }

  /// The same numbers under another name.
  public func named(_ name: String) -> Tensor { Tensor(name, self) }

  public var count: Int { shape.count }
  public var element: ElementType { storage.element }

  /// The numbers as float32: the tensor's own memory if it stores them so, otherwise a copy that lives as long
  /// as the returned buffer.
  ///
  /// - Throws: `outOfMemory`.
  public var values: Buffer<Float> {
    get throws {
      if case .float32(let values) = storage { return values }
      let values = try Buffer<Float>(count: count, for: "tensor \"\(name)\"")
      widen(into: values.pointer)
      return values
    }
  }

  /// Writes the numbers as float32; the conversion of 16-bit numbers is exact.
  func widen(into target: UnsafeMutablePointer<Float>) {
    switch storage {
    case .float32(let values): target.update(from: values.pointer, count: count)
    case .bfloat16(let values): widen_bfloat16(values.pointer, count, target)
    case .float16(let values): widen_float16(values.pointer, count, target)
    case .int8(let values, let scales, let axis):
      widen_int8(
        values.pointer, scales.pointer, axis == 0, shape.dimensions[0], shape.dimensions[1], target)
    }
  }

  /// Releases the memory of a mapped file's pages, which are loaded again when they are read.
  public func releasePages() { storage.releasePages() }
}
