import Platform

/// How the numbers of a tensor are stored.
public enum ElementType: String, Sendable, CaseIterable {
  case float32 = "f32"
  /// The upper half of a float32.
  case bfloat16 = "bf16"
  /// IEEE 754 binary16.
  case float16 = "f16"
  /// Whole numbers from −127 to 127, with a scale for each channel.
  case int8
}

/// The memory of a tensor's numbers, in row-major order.
public enum TensorStorage: @unchecked Sendable {
  case float32(Buffer<Float>)
  case bfloat16(Buffer<UInt16>)
  case float16(Buffer<UInt16>)
  /// Of a matrix: number (i, j) times `scales[i]` if `axis` is 0, `scales[j]` if it is 1.
  case int8(Buffer<Int8>, scales: Buffer<Float>, axis: Int)

  public var element: ElementType {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .float16: .float16
    case .int8: .int8
    }
  }

  public var count: Int {
    switch self {
    case .float32(let values): values.count
    case .bfloat16(let values), .float16(let values): values.count
    case .int8(let values, _, _): values.count
    }
  }

  /// Releases the memory of a mapped file's pages; see `Buffer.releasePages`.
  func releasePages() {
    switch self {
    case .float32(let values): values.releasePages()
    case .bfloat16(let values), .float16(let values): values.releasePages()
    case .int8(let values, let scales, _):
      values.releasePages()
      scales.releasePages()
    }
  }

  /// Where an operator reads the numbers. Valid while the buffers live.
  var numbers: WeightNumbers {
    switch self {
    case .float32(let values): .float32(UnsafePointer(values.pointer))
    case .bfloat16(let values): .bfloat16(UnsafePointer(values.pointer))
    case .float16(let values): .float16(UnsafePointer(values.pointer))
    case .int8(let values, let scales, _):
      .int8(UnsafePointer(values.pointer), scales: UnsafePointer(scales.pointer))
    }
  }
}

/// The numbers of a parameter in memory, as an operator reads them to prepare them for prediction.
public enum WeightNumbers {
  case float32(UnsafePointer<Float>)
  case bfloat16(UnsafePointer<UInt16>)
  case float16(UnsafePointer<UInt16>)
  case int8(UnsafePointer<Int8>, scales: UnsafePointer<Float>)

  /// nil if they are stored in another type than float32.
  public var floats: UnsafePointer<Float>? {
    if case .float32(let values) = self { values } else { nil }
  }
}
