import EngineKernels
import Platform

/// A linear layer, optionally with the rectifier that follows it, or in prediction with any activation.
///
///     y = x Wᵀ + b,  or max(x Wᵀ + b, 0)
///
/// Operands: x, W (out, in), or (in, out) if `weightIsInputMajor`, and optionally b (out).
public struct Linear: Operator {
  public static let kind = "Linear"
  public let weightIsInputMajor: Bool
  public internal(set) var relu = false
  /// The activation applied to the output, in prediction.
  var activation: Activation?
  /// The precision of the factors of products.
  public internal(set) var precision = Precision.float32
  public private(set) var inputs = 0
  public private(set) var outputs = 0
  private var lines = 1  // products per row: the dimensions of x before its last one
  var linesPerRow: Int { lines }
  private var hasBias = false

  public init(weightIsInputMajor: Bool = false) { self.weightIsInputMajor = weightIsInputMajor }

  public var attributes: [JSONValue.Member] { [.init("weight_is_input_major", .bool(weightIsInputMajor))] }
  public var dependence: Dependence { .line }
  public func outputOffset(operands count: Int) -> OutputOffset? {
    count > 2 ? OutputOffset(operand: 2, elements: 0..<1, unit: 1) : nil
  }

  /// Includes the rectifier that follows, or in prediction any activation.
  public func fused(with next: any Operator, for purpose: Graph.Purpose, isSoleReader: Bool) -> (
    any Operator
  )? {
    guard let next = next as? Activation, !relu, activation == nil else { return nil }
    var fused = self
    if next.function == .relu {
      fused.relu = true
    } else if purpose == .prediction {
      fused.activation = next
    } else {
      return nil
    }
    return fused
  }

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

  /// The bf16 products, or nil for float32. Layers with up to 4 outputs, such as heads, would not fill a
  /// register and stay exact.
  private var rounded: Bfloat16Products? {
    guard precision == .bfloat16, outputs > 4 else { return nil }
    return Bfloat16Products(inputs: inputs, outputs: outputs, weightIsInputMajor: weightIsInputMajor)
  }
  public func scratch(longest: Int) -> Int { rounded.map { $0.scratch * lines } ?? 0 }
  public var scratchPerLine: Int { rounded.map { $0.scratchPerLine * lines } ?? 0 }

  public var sharedPanels: Int { rounded?.panels ?? 0 }

  /// Each worker computes a part of the outputs, so that together they read the weights once. bf16 products
  /// are divided by lines, because each worker packs the lines that it computes.
  public var sharing: Sharing { rounded == nil ? .itself : .lines }

  // Prediction reads the weights in panels of outputs, each (in, panel): see linear_packed.h.
  public var preparedCount: Int { rounded?.preparedCount ?? linear_packed_count(inputs, outputs) }
  public func prepare(_ operands: [UnsafePointer<Float>?], into prepared: UnsafeMutablePointer<Float>) {
    guard operands.count > 1, let weight = operands[1] else { return }
    if let rounded { return rounded.prepare(weight, into: prepared) }
    linear_pack(weight, weightIsInputMajor, inputs, outputs, prepared)
  }

  // x (rows, in) · Wᵀ (in, out) + b (out) → y (rows, out)
  public func forward(_ run: Execution) { forward(run, reading: run.input(0), run.scratch) }

  /// - Parameter x: replaces the first operand.
  func forward(_ run: Execution, reading x: UnsafePointer<Float>, _ scratch: UnsafeMutablePointer<Float>) {
    let rows = run.rows * lines
    let bias = hasBias ? run.input(2) : nil
    if let rounded {
      rounded.forward(
        rows, x, run.input(1), run, bias, relu: relu, into: run.output, scratch)
      activation?.apply(run.output, to: run.output, count: rows * outputs)
      return
    }
    if let prepared = run.prepared {
      let parts = linear_packed_parts(outputs)
      let (first, end) = (parts * run.part / run.parts, parts * (run.part + 1) / run.parts)
      guard let activation else {
        linear_packed_forward(x, rows, inputs, prepared, outputs, first, end, bias, relu, run.output)
        return
      }
      for part in first..<end {
        // Apply the activation while the part is in the cache.
        linear_packed_forward(x, rows, inputs, prepared, outputs, part, part + 1, bias, relu, run.output)
        let start = part * LINEAR_PACKED_PART
        let width = part + 1 < parts ? LINEAR_PACKED_PART : outputs - start
        activation.apply(to: run.output + start, lines: rows, width: width, apart: outputs)
      }
      return
    }
    Backend.multiply(
      rows, outputs, inputs, x, transposeA: false, run.input(1),
      transposeB: !weightIsInputMajor, into: run.output, accumulate: false)
    if let bias {
      add_bias(run.output, bias, rows, outputs, relu)
    } else if relu {
      activation_forward(ACTIVATION_RELU, 0, run.output, run.output, rows * outputs)
    }
  }

  // ∂y (rows, out) → ∂x = ∂y W (rows, in); ∂W = ∂yᵀ x (out, in); ∂b = Σ ∂y (out)
  public func backward(_ run: Execution) {
    backward(run, reading: run.input(0), into: run.inputGradient(0), run.scratch)
  }

  /// - Parameters:
  ///   - x: replaces the first operand.
  ///   - inputGradient: replaces its gradient; `x` is not read after this is written.
  func backward(
    _ run: Execution, reading x: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>?,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let rows = run.rows * lines
    let gradient = run.outputGradient
    let biasGradient = hasBias ? run.inputGradient(2) : nil
    if relu, let biasGradient {
      rectified_bias_backward(run.output, gradient, biasGradient, rows, outputs, run.accumulates(2))
    } else if relu {
      activation_backward(
        ACTIVATION_RELU, 0, run.output, run.output, gradient, gradient, rows * outputs, false)
    } else if let biasGradient {
      bias_backward(gradient, biasGradient, rows, outputs, run.accumulates(2))
    }
    if let rounded {
      if let weightGradient = run.inputGradient(1) {
        rounded.weightGradient(
          rows, x, gradient, into: weightGradient, accumulate: run.accumulates(1), scratch)
      }
      if let inputGradient {
        rounded.inputGradient(
          rows, gradient, run.input(1), run, into: inputGradient, accumulate: run.accumulates(0), scratch)
      }
      return
    }
    if let weightGradient = run.inputGradient(1) {
      let (a, b) =
        weightIsInputMajor
        ? (x, UnsafePointer(gradient)) : (UnsafePointer(gradient), x)
      Backend.multiply(
        weightIsInputMajor ? inputs : outputs, weightIsInputMajor ? outputs : inputs, rows, a,
        transposeA: true,
        b, transposeB: false, into: weightGradient, accumulate: run.accumulates(1))
    }
    if let inputGradient {
      Backend.multiply(
        rows, inputs, outputs, gradient, transposeA: false, run.input(1), transposeB: weightIsInputMajor,
        into: inputGradient, accumulate: run.accumulates(0))
    }
  }
}
