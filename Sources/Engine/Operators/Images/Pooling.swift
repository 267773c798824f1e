import EngineKernels
import Platform

/// The maximum or the mean of each window of an image with the channels last.
///
/// Operand: x (height, width, channels). A maximum ignores the padding. A mean counts it as zeros if
/// `countsPadding`.
public struct Pooling: Operator {
  public static let kind = "Pooling"

  public enum Function: String, CaseIterable, Sendable { case maximum, average }

  public let function: Function
  /// The height and width of a window.
  public let kernel: [Int]
  /// The strides for height and width.
  public let strides: [Int]
  /// The distances between neighbouring elements of a window, for height and width.
  public let dilations: [Int]
  /// The number of lines and columns around the image: top, left, bottom, right.
  public let padding: [Int]
  /// Whether a mean includes the zeros of the padding.
  public let countsPadding: Bool
  /// Whether a last window that covers the padded image only partly has an output.
  public let roundsUp: Bool
  private var sizes = pooling_sizes()

  public init(
    _ function: Function, kernel: [Int], strides: [Int] = [1, 1], dilations: [Int] = [1, 1],
    padding: [Int] = [0, 0, 0, 0], countsPadding: Bool = false, roundsUp: Bool = false
  ) {
    self.function = function
    (self.kernel, self.strides, self.dilations, self.padding) = (kernel, strides, dilations, padding)
    (self.countsPadding, self.roundsUp) = (countsPadding, roundsUp)
  }

  public var attributes: [JSONValue.Member] {
    [
      .init("function", .string(function.rawValue)), .init("kernel", .integers(kernel)),
      .init("strides", .integers(strides)), .init("dilations", .integers(dilations)),
      .init("padding", .integers(padding)), .init("counts_padding", .bool(countsPadding)),
      .init("rounds_up", .bool(roundsUp)),
    ]
  }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    let image = operands[0].shape.dimensions
    guard image.count == 3, [kernel, strides, dilations].allSatisfy({ $0.count == 2 }), padding.count == 4,
      (image + kernel + strides + dilations).allSatisfy((1...1 << 20).contains),
      padding.allSatisfy((0...1 << 20).contains)
    else { throw Failure.invalidModel("slides a window of \(kernel) over \(operands[0].shape)") }
    let results = try (0..<2).map { axis -> Int in
      let span = (kernel[axis] - 1) * dilations[axis] + 1
      let room = image[axis] + padding[axis] + padding[axis + 2] - span
      guard room >= 0 else {
        throw Failure.invalidModel("its window of \(span) is larger than the padded image \(image)")
      }
      guard roundsUp else { return room / strides[axis] + 1 }
      let count = (room + strides[axis] - 1) / strides[axis] + 1
      // A window must start within the image or the padding before it.
      return (count - 1) * strides[axis] >= image[axis] + padding[axis] ? count - 1 : count
    }
    (sizes.height, sizes.width, sizes.channels) = (image[0], image[1], image[2])
    (sizes.out_height, sizes.out_width) = (results[0], results[1])
    (sizes.kernel_height, sizes.kernel_width) = (kernel[0], kernel[1])
    (sizes.stride_height, sizes.stride_width) = (strides[0], strides[1])
    (sizes.dilation_height, sizes.dilation_width) = (dilations[0], dilations[1])
    (sizes.top, sizes.left, sizes.bottom, sizes.right) = (padding[0], padding[1], padding[2], padding[3])
    (sizes.is_average, sizes.counts_padding) = (function == .average, countsPadding)
    return try Shape(results + [image[2]])
  }

  // x (rows, height, width, channels) → y (rows, outHeight, outWidth, channels)
  public func forward(_ run: Execution) {
    withUnsafePointer(to: sizes) { pooling_forward($0, run.input(0), run.output, run.rows) }
  }

  // ∂x: ∂y at the first maximum, or in equal parts for a mean
  public func backward(_ run: Execution) {
    guard let gradient = run.inputGradient(0) else { return }
    withUnsafePointer(to: sizes) {
      pooling_backward(
        $0, run.input(0), run.output, run.outputGradient, gradient, run.rows, run.accumulates(0))
    }
  }
}
