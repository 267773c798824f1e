import Platform

/// The sizes of a convolution over images with the channels last: x (rows, height, width, channels) →
/// y (rows, outHeight, outWidth, outputs).
public struct ConvolutionSizes: Equatable, Sendable {
  public let height: Int
  public let width: Int
  public let channels: Int
  public let outputs: Int
  public let kernel: [Int]  // height, width
  public let strides: [Int]
  public let dilations: [Int]
  public let padding: [Int]  // top, left, bottom, right
  public let groups: Int
  public let outHeight: Int
  public let outWidth: Int
  /// The number of weights.
  public let weightCount: Int

  /// - Throws: `invalidModel` for inconsistent sizes.
  public init(
    image: [Int], outputs: Int, kernel: [Int], strides: [Int], dilations: [Int], padding: [Int], groups: Int
  ) throws {
    guard image.count == 3, kernel.count == 2, strides.count == 2, dilations.count == 2, padding.count == 4
    else { throw Failure.invalidModel("slides over \(image); (height, width, channels) is needed") }
    let limit = 1...1 << 20
    guard (image + kernel + strides + dilations + [outputs, groups]).allSatisfy(limit.contains),
      padding.allSatisfy({ (0...1 << 20).contains($0) })
    else { throw Failure.invalidModel("has a size that is out of range") }
    func slid(_ size: Int, _ axis: Int) throws -> Int {
      let span = (kernel[axis] - 1) * dilations[axis] + 1
      let padded = size + padding[axis] + padding[axis + 2]
      guard span <= padded else {
        throw Failure.invalidModel("its window of \(span) is larger than the padded image, \(padded)")
      }
      return (padded - span) / strides[axis] + 1
    }
    guard image[2] % groups == 0, outputs % groups == 0 else {
      throw Failure.invalidModel(
        "\(image[2]) channels and \(outputs) outputs cannot be divided into \(groups) groups")
    }
    (height, width, channels) = (image[0], image[1], image[2])
    (self.outputs, self.kernel, self.strides) = (outputs, kernel, strides)
    (self.dilations, self.padding, self.groups) = (dilations, padding, groups)
    outHeight = try slid(image[0], 0)
    outWidth = try slid(image[1], 1)
    weightCount = ([outputs, image[2] / groups] + kernel).reduce(1, *)
  }

  /// The convolution that computes some lines of the output image, and the first line of the input image that
  /// it reads; nil if it would read none.
  func slice(of lines: Range<Int>) throws -> (sizes: ConvolutionSizes, firstLine: Int)? {
    let first = lines.lowerBound * strides[0] - padding[0]
    let end = (lines.upperBound - 1) * strides[0] - padding[0] + (kernel[0] - 1) * dilations[0] + 1
    guard max(first, 0) < min(end, height) else { return nil }
    let read = max(first, 0)..<min(end, height)
    let sizes = try ConvolutionSizes(
      image: [read.count, width, channels], outputs: outputs, kernel: kernel, strides: strides,
      dilations: dilations,
      padding: [max(-first, 0), padding[1], max(end - height, 0), padding[3]], groups: groups)
    return (sizes, read.lowerBound)
  }

  /// The dimensions of the weights: (outputs, channels of a group, kernel height, kernel width).
  public var weightDimensions: [Int] { [outputs, channels / groups] + kernel }
  /// The number of floats of an input image.
  public var inputCount: Int { height * width * channels }
  /// The number of floats of an output image.
  public var outputCount: Int { outHeight * outWidth * outputs }
  /// The number of multiplications for a row.
  public var work: Int { outHeight * outWidth * weightCount }
}
