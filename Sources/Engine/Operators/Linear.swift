import Kernels
import Platform

/// A linear layer, optionally with the rectifier that follows it, in prediction with any activation.
///
///     y = x Wᵀ + b,  or max(x Wᵀ + b, 0)
///
/// Operands: x, W (out, in), or (in, out) when `weightIsInputMajor`, and b (out), which may be absent.
public struct Linear: Operator {
  public static let kind = "Linear"
  public let weightIsInputMajor: Bool
  public internal(set) var relu = false
  /// Of y, in prediction.
  var activation: Activation?
  /// Whether products are of numbers rounded to bfloat16.
  public internal(set) var precision = Precision.float32
  public private(set) var inputs = 0
  public private(set) var outputs = 0
  private var lines = 1  // products a row: the dimensions of x before its last
  var linesPerRow: Int { lines }
  private var hasBias = false

  public init(weightIsInputMajor: Bool = false) { self.weightIsInputMajor = weightIsInputMajor }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 2...3)
    let (x, weight) = (operands[0], operands[1])
    guard x.hasRows, !weight.hasRows, weight.shape.dimensions.count == 2 else {
      throw Failure.invalidModel("multiplies \(x.shape) by \(weight.shape); a matrix of weights is needed")
    }
    inputs = weight.shape.dimensions[weightIsInputMajor ? 0 : 1]
    outputs = weight.shape.dimensions[weightIsInputMajor ? 1 : 0]
    guard inputs > 0, outputs > 0, x.shape.last == inputs else {
      throw Failure.invalidModel(
        "its input has \(x.shape.last) columns where the weight \(weight.shape) takes \(inputs)")
    }
    hasBias = operands.count == 3
    if hasBias {
      guard !operands[2].hasRows, operands[2].shape.count == outputs else {
        throw Failure.invalidModel("its bias is \(operands[2].shape); (\(outputs)) is needed")
      }
    }
    lines = x.shape.count / inputs
    return try Shape(x.shape.dimensions.dropLast() + [outputs])
  }

  public var readsOutput: Bool { relu }

  /// nil: in float32. So few outputs would fill no register: a head's own are exact.
  private var rounded: RoundedProducts? {
    guard precision == .bfloat16, outputs > 4 else { return nil }
    return RoundedProducts(inputs: inputs, outputs: outputs, weightIsInputMajor: weightIsInputMajor)
  }
  public func scratch(longest: Int) -> Int { rounded.map { $0.scratch * lines } ?? 0 }
  public var scratchPerLine: Int { rounded.map { $0.scratchPerLine * lines } ?? 0 }

  public var sharedPanels: Int { rounded?.panels ?? 0 }

  /// Each worker its part of the outputs, so that together they read the weights once. Rounded rows are packed, by
  /// whoever computes them.
  public var sharing: Sharing { rounded == nil ? .itself : .lines }

  // Prediction reads the weights in panels of outputs, each (in, panel): see linear_packed.h.
  public var preparedCount: Int { rounded?.preparedCount ?? linear_packed_count(inputs, outputs) }
  public func prepare(_ operands: [UnsafePointer<Float>?], into prepared: UnsafeMutablePointer<Float>) {
    guard operands.count > 1, let weight = operands[1] else { return }
    if let rounded { return rounded.prepare(weight, into: prepared) }
    linear_pack(weight, weightIsInputMajor, inputs, outputs, prepared)
  }

  // x (rows, in) · Wᵀ (in, out) + b (out) → y (rows, out)
  public func forward(_ step: Step) { forward(step, reading: step.input(0), step.scratch) }

  /// - Parameter x: in the place of the first operand.
  func forward(_ step: Step, reading x: UnsafePointer<Float>, _ scratch: UnsafeMutablePointer<Float>) {
    let rows = step.rows * lines
    let bias = hasBias ? step.input(2) : nil
    if let rounded {
      rounded.forward(
        rows, x, step.input(1), step, bias, relu: relu, into: step.output, scratch)
      activation?.apply(step.output, to: step.output, count: rows * outputs)
      return
    }
    if let prepared = step.prepared {
      let parts = linear_packed_parts(outputs)
      let (first, end) = (parts * step.part / step.parts, parts * (step.part + 1) / step.parts)
      guard let activation else {
        linear_packed_forward(x, rows, inputs, prepared, outputs, first, end, bias, relu, step.output)
        return
      }
      for part in first..<end {
        // While the part is in the cache.
        linear_packed_forward(x, rows, inputs, prepared, outputs, part, part + 1, bias, relu, step.output)
        let start = part * LINEAR_PACKED_PART
        let width = part + 1 < parts ? LINEAR_PACKED_PART : outputs - start
        activation.apply(to: step.output + start, lines: rows, width: width, apart: outputs)
      }
      return
    }
    Backend.multiply(
      rows, outputs, inputs, x, transposeA: false, step.input(1),
      transposeB: !weightIsInputMajor, into: step.output, accumulate: false)
    if let bias {
      add_bias(step.output, bias, rows, outputs, relu)
    } else if relu {
      activation_forward(ACTIVATION_RELU, 0, step.output, step.output, rows * outputs)
    }
  }

  // ∂y (rows, out) → ∂x = ∂y W (rows, in); ∂W = ∂yᵀ x (out, in); ∂b = Σ ∂y (out)
  public func backward(_ step: Step) {
    backward(step, reading: step.input(0), into: step.inputGradient(0), step.scratch)
  }

  /// - Parameters:
  ///   - x: in the place of the first operand.
  ///   - inputGradient: in the place of its gradient; `x` is not read once that is written.
  func backward(
    _ step: Step, reading x: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>?,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let rows = step.rows * lines
    let gradient = step.outputGradient
    let biasGradient = hasBias ? step.inputGradient(2) : nil
    if relu, let biasGradient {
      rectified_bias_backward(step.output, gradient, biasGradient, rows, outputs, step.accumulates(2))
    } else if relu {
      activation_backward(
        ACTIVATION_RELU, 0, step.output, step.output, gradient, gradient, rows * outputs, false)
    } else if let biasGradient {
      bias_backward(gradient, biasGradient, rows, outputs, step.accumulates(2))
    }
    if let rounded {
      if let weightGradient = step.inputGradient(1) {
        rounded.weightGradient(
          rows, x, gradient, into: weightGradient, accumulate: step.accumulates(1), scratch)
      }
      if let inputGradient {
        rounded.inputGradient(
          rows, gradient, step.input(1), step, into: inputGradient, accumulate: step.accumulates(0), scratch)
      }
      return
    }
    if let weightGradient = step.inputGradient(1) {
      let (a, b) =
        weightIsInputMajor
        ? (x, UnsafePointer(gradient)) : (UnsafePointer(gradient), x)
      Backend.multiply(
        weightIsInputMajor ? inputs : outputs, weightIsInputMajor ? outputs : inputs, rows, a,
        transposeA: true,
        b, transposeB: false, into: weightGradient, accumulate: step.accumulates(1))
    }
    if let inputGradient {
      Backend.multiply(
        rows, inputs, outputs, gradient, transposeA: false, step.input(1), transposeB: weightIsInputMajor,
        into: inputGradient, accumulate: step.accumulates(0))
    }
  }
}
