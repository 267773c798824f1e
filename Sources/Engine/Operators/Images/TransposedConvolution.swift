import EngineKernels
import Platform

/// The transpose of a convolution (Zeiler et al. 2010): every element of x adds its multiple of the kernel to
/// y, so that images grow by the factor of the stride.
///
/// Operands: x (height, width, channels), W (channels, outputs / groups, kernel height, kernel width) as
/// PyTorch and ONNX store it, and optionally b (outputs).
public struct TransposedConvolution: Operator {
  public static let kind = "TransposedConvolution"
  /// The strides for height and width, by which the image grows.
  public let strides: [Int]
  /// The distances between neighbouring elements of the kernel, for height and width.
  public let dilations: [Int]
  /// The number of lines and columns cut off the result: top, left, bottom, right.
  public let padding: [Int]
  /// The number of lines and columns added at the end of the result: height, width.
  public let extra: [Int]
  /// The number of groups of channels, each with separate weights and outputs.
  public let groups: Int
  /// The convolution whose transpose this is, from y to x.
  private var sizes: ConvolutionSizes?
  private var hasBias = false

  public init(
    strides: [Int] = [1, 1], dilations: [Int] = [1, 1], padding: [Int] = [0, 0, 0, 0], extra: [Int] = [0, 0],
    groups: Int = 1
  ) {
    (self.strides, self.dilations, self.padding) = (strides, dilations, padding)
    (self.extra, self.groups) = (extra, groups)
  }

  public var attributes: [JSONValue.Member] {
    [
      .init("strides", .integers(strides)), .init("dilations", .integers(dilations)),
      .init("padding", .integers(padding)), .init("extra", .integers(extra)),
      .init("groups", .integer(groups)),
    ]
  }
  public var dependence: Dependence { .line }
  public var biasOperand: Int? { 2 }
  public var rowGradients: RowGradients { .separate }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 2...3)
    let (x, weight) = (operands[0].shape.dimensions, operands[1].shape.dimensions)
    let numbers: [Int] = x + weight + strides + dilations + padding + extra + [groups]
    guard operands[0].hasRows, !operands[1].hasRows, x.count == 3, weight.count == 4, x[2] == weight[0],
      strides.count == 2, dilations.count == 2, extra.count == 2, padding.count == 4, groups > 0,
      numbers.allSatisfy({ $0 >= 0 && $0 <= 1 << 20 })
    else {
      throw Failure.invalidModel("slides a kernel of shape \(operands[1].shape) over \(operands[0].shape)")
    }
    var grown: [Int] = []
    for axis in 0..<2 {
      let span = (weight[axis + 2] - 1) * dilations[axis] + 1
      grown.append((x[axis] - 1) * strides[axis] + span + extra[axis] - padding[axis] - padding[axis + 2])
    }
    let outputs = weight[1] * groups
    let sizes = try ConvolutionSizes(
      image: grown + [outputs], outputs: x[2], kernel: Array(weight.suffix(2)), strides: strides,
      dilations: dilations, padding: padding, groups: groups)
    guard sizes.outHeight == x[0], sizes.outWidth == x[1] else {
      throw Failure.invalidModel("its strides \(strides) do not lead from \(grown) back to \(x)")
    }
    hasBias = operands.count == 3
    if hasBias, operands[2].hasRows || operands[2].shape.count != outputs {
      throw Failure.invalidModel("its bias is \(operands[2].shape); (\(outputs)) is needed")
    }
    self.sizes = sizes
    return try Shape(grown + [outputs])
  }

  public var work: Int { sizes?.work ?? 0 }
  public var sharing: Sharing { .none }

  /// Forward is that convolution's backward, so prediction also needs its backward primitives.
  public func makeState(capacity: Int, isTraining: Bool) throws -> AnyObject? {
    guard let sizes else { return nil }
    return try ConvolutionRunner(sizes, relu: false, hasBias: false, capacity: capacity, isTraining: true)
  }

  // x (rows, height, width, channels) → y (rows, grown height, grown width, outputs)
  public func forward(_ run: Execution) {
    guard let sizes, let runner = run.state(as: ConvolutionRunner.self) else { return }
    runner.backwardData(run.rows, run.input(0), run.input(1), into: run.output, accumulate: false)
    if hasBias {
      add_bias(run.output, run.input(2), run.rows * sizes.height * sizes.width, sizes.channels, false)
    }
  }

  // ∂y → ∂x, ∂W in the layout of W, ∂b = Σ ∂y (outputs)
  public func backward(_ run: Execution) {
    guard let sizes, let runner = run.state(as: ConvolutionRunner.self) else { return }
    if hasBias, let biasGradient = run.inputGradient(2) {
      bias_backward(
        run.outputGradient, biasGradient, run.rows * sizes.height * sizes.width, sizes.channels,
        run.accumulates(2))
    }
    if let weightGradient = run.inputGradient(1) {
      runner.backwardWeights(
        run.rows, run.outputGradient, run.input(0), into: weightGradient, accumulate: run.accumulates(1))
    }
    if let inputGradient = run.inputGradient(0) {
      runner.forward(
        run.rows, run.outputGradient, run.input(1), into: inputGradient, accumulate: run.accumulates(0))
    }
  }
}
