import EngineKernels
import Platform

/// A convolution over images with the channels last, optionally with the normalization and the rectifier that
/// follow it.
///
///     y[i, j, o] = b[o] + Σ x[i · stride + k · dilation − top, j · stride + l · dilation − left, c] · W[o, c, k, l]
///
/// Operands: x (height, width, channels), W (outputs, channels / groups, kernel height, kernel width) as
/// PyTorch and ONNX store it, and optionally b (outputs).
public struct Convolution: Operator {
  public static let kind = "Convolution"
  /// The strides for height and width.
  public let strides: [Int]
  /// The distances between neighbouring elements of the kernel, for height and width.
  public let dilations: [Int]
  /// The number of lines and columns of zeros around the image: top, left, bottom, right.
  public let padding: [Int]
  /// The number of groups of channels, each with separate weights and outputs.
  public let groups: Int
  public internal(set) var relu = false
  /// In prediction, the ε of a fused batch normalization with fixed statistics, whose gain, bias, mean and
  /// variance are then the last four operands.
  var normalization: Float?
  private var sizes: ConvolutionSizes?
  private var hasBias = false

  public init(
    strides: [Int] = [1, 1], dilations: [Int] = [1, 1], padding: [Int] = [0, 0, 0, 0], groups: Int = 1
  ) {
    (self.strides, self.dilations, self.padding, self.groups) = (strides, dilations, padding, groups)
  }

  public var attributes: [JSONValue.Member] {
    [
      .init("strides", .integers(strides)), .init("dilations", .integers(dilations)),
      .init("padding", .integers(padding)), .init("groups", .integer(groups)),
    ]
  }
  public var dependence: Dependence { .line }
  public var biasOperand: Int? { 2 }
  public var rowGradients: RowGradients { .separate }

  /// Includes the rectifier that follows, and in prediction also a batch normalization with fixed statistics.
  public func fused(with next: any Operator, for purpose: Graph.Purpose, isSoleReader: Bool) -> (
    any Operator
  )? {
    guard !relu else { return nil }
    var fused = self
    if next.role.activation?.function == .relu {
      fused.relu = true
      return fused
    }
    guard purpose == .prediction, normalization == nil, let norm = next.role.normalization, norm.channelsLast,
      !norm.relu
    else { return nil }
    fused.normalization = norm.epsilon
    return fused
  }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 2...3)
    let (x, weight) = (operands[0], operands[1])
    guard x.hasRows, !weight.hasRows, weight.shape.dimensions.count == 4 else {
      throw Failure.invalidModel("slides a kernel of shape \(weight.shape) over \(x.shape)")
    }
    let sizes = try ConvolutionSizes(
      image: x.shape.dimensions, outputs: weight.shape.dimensions[0],
      kernel: Array(weight.shape.dimensions.suffix(2)), strides: strides, dilations: dilations,
      padding: padding, groups: groups)
    guard weight.shape.dimensions == sizes.weightDimensions else {
      throw Failure.invalidModel("its kernel is \(weight.shape) where \(sizes.weightDimensions) is needed")
    }
    hasBias = operands.count == 3
    if hasBias, operands[2].hasRows || operands[2].shape.count != sizes.outputs {
      throw Failure.invalidModel("its bias is \(operands[2].shape); (\(sizes.outputs)) is needed")
    }
    self.sizes = sizes
    return try Shape([sizes.outHeight, sizes.outWidth, sizes.outputs])
  }

  public var work: Int { sizes?.work ?? 0 }

  public var sharing: Sharing { .itself }

  /// Winograd's method, if prediction uses it; nil for the direct computation.
  private var winograd: WinogradConvolution? { sizes.flatMap { WinogradConvolution($0, relu: relu) } }
  private var computesBias: Bool { hasBias || normalization != nil }

  public func makeState(capacity: Int, isTraining: Bool) throws -> AnyObject? {
    guard let sizes, isTraining || winograd == nil else { return nil }
    guard isTraining else {
      return try ConvolutionWorkers(sizes, relu: relu, hasBias: computesBias, capacity: capacity)
    }
    return try ConvolutionRunner(
      sizes, relu: relu, hasBias: computesBias, capacity: capacity, isTraining: true)
  }

  public func scratch(longest: Int) -> Int { winograd?.scratchCount ?? 0 }

  // For prediction: the bias of a folded normalization, then the weights in the computation's layout.
  public var preparedCount: Int {
    guard let sizes else { return 0 }
    let packed = winograd?.preparedCount ?? (try? ConvolutionRunner.preparedCount(sizes)) ?? 0
    return packed == 0 ? 0 : foldedCount + packed
  }

  /// The number of floats of a folded normalization's bias, rounded up to whole cache lines to align the
  /// weights.
  private var foldedCount: Int { normalization == nil ? 0 : ((sizes?.outputs ?? 0) + 15) / 16 * 16 }

  public func prepare(_ operands: [WeightNumbers?], into prepared: UnsafeMutablePointer<Float>) throws {
    let operands = operands.map { $0?.floats }
    guard let sizes, operands.count > 1, let weight = operands[1] else { return }
    func lay(_ weight: UnsafePointer<Float>) throws {
      if let winograd { return winograd.prepare(weight, into: prepared + foldedCount) }
      try ConvolutionRunner.prepare(sizes, weight, into: prepared + foldedCount)
    }
    guard let normalization, let gain = operands[operands.count - 4],
      let shift = operands[operands.count - 3], let mean = operands[operands.count - 2],
      let variance = operands[operands.count - 1]
    else { return try lay(weight) }
    // gain · (W x + b − mean) / √(variance + ε) + shift is a convolution with other weights and another bias.
    let count = sizes.weightCount
    let perOutput = count / sizes.outputs
    let scaled = try Buffer<Float>(count: count, for: "weights")
    for output in 0..<sizes.outputs {
      let factor = gain[output] / (variance[output] + normalization).squareRoot()
      for index in output * perOutput..<(output + 1) * perOutput {
        scaled.pointer[index] = weight[index] * factor
      }
      let own = hasBias ? operands[2]?[output] ?? 0 : 0
      prepared[output] = (own - mean[output]) * factor + shift[output]
    }
    try lay(scaled.pointer)
  }

  // x (rows, height, width, channels) → y (rows, outHeight, outWidth, outputs)
  public func forward(_ run: Execution) {
    let bias = normalization != nil ? run.prepared : hasBias ? run.input(2) : nil
    if run.isTraining {
      run.state(as: ConvolutionRunner.self)?.forward(
        run.rows, run.input(0), run.input(1), bias, prepared: nil, run.output)
    } else if let winograd, let prepared = run.prepared {
      winograd.forward(run, bias, prepared + foldedCount)
    } else {
      run.state(as: ConvolutionWorkers.self)?.forward(run, bias, run.prepared.map { $0 + foldedCount })
    }
  }

  // ∂y → ∂x, ∂W in the layout of W, ∂b = Σ ∂y (outputs)
  public func backward(_ run: Execution) {
    guard let sizes, let runner = run.state(as: ConvolutionRunner.self) else { return }
    let lines = run.rows * sizes.outHeight * sizes.outWidth
    let gradient = run.outputGradient
    let biasGradient = hasBias ? run.inputGradient(2) : nil
    if relu, let biasGradient {
      rectified_bias_backward(run.output, gradient, biasGradient, lines, sizes.outputs, run.accumulates(2))
    } else if relu {
      activation_backward(
        ACTIVATION_RELU, 0, run.output, run.output, gradient, gradient, lines * sizes.outputs, false)
    } else if let biasGradient {
      bias_backward(gradient, biasGradient, lines, sizes.outputs, run.accumulates(2))
    }
    if let weightGradient = run.inputGradient(1) {
      runner.backwardWeights(
        run.rows, run.input(0), gradient, into: weightGradient, accumulate: run.accumulates(1))
    }
    if let inputGradient = run.inputGradient(0) {
      runner.backwardData(
        run.rows, gradient, run.input(1), into: inputGradient, accumulate: run.accumulates(0))
    }
  }
}
