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
  private(set) var hasBias = false
  /// How the weight is stored.
  private var element = ElementType.float32

  public init(weightIsInputMajor: Bool = false) { self.weightIsInputMajor = weightIsInputMajor }

  public var attributes: [JSONValue.Member] { [.init("weight_is_input_major", .bool(weightIsInputMajor))] }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .norms(self) }
  public var role: OperatorRole { .linear(self) }
  public var productPrecision: Precision? { precision }
  public func with(productPrecision: Precision) -> any Operator {
    var copy = self
    copy.precision = productPrecision
    return copy
  }
  public var biasOperand: Int? { 2 }
  public func outputOffset(operands count: Int) -> OutputOffset? {
    count > 2 ? OutputOffset(operand: 2, elements: 0..<1, unit: 1) : nil
  }

  /// Includes the rectifier that follows, or in prediction any activation.
  public func fused(with next: any Operator, for purpose: Graph.Purpose, isSoleReader: Bool) -> (
    any Operator
  )? {
    guard let next = next.role.activation, !relu, activation == nil else { return nil }
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
    element = weight.element
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

  /// Layers with fewer outputs, such as heads, would not fill a register. They compute in float32, as they
  /// would with weights that are stored so.
  private var isWide: Bool { outputs >= LINEAR_HALVES_OUTPUTS }

  /// The products with int8 weights; nil for weights of other types.
  private var whole: Int8Products? {
    guard element == .int8, isWide, inputs <= INT8_MAXIMUM_INPUTS else { return nil }
    return Int8Products(inputs: inputs, outputs: outputs, weightIsInputMajor: weightIsInputMajor)
  }

  /// The bf16 products, or nil for float32.
  private var rounded: Bfloat16Products? {
    guard precision == .bfloat16, isWide, whole == nil else { return nil }
    return Bfloat16Products(inputs: inputs, outputs: outputs, weightIsInputMajor: weightIsInputMajor)
  }

  /// The products with rows that are mostly 0; nil where these are not treated differently.
  private var sparse: SparseProducts? {
    guard rounded == nil, element == .float32, lines == 1 else { return nil }
    return SparseProducts(inputs: inputs, outputs: outputs, weightIsInputMajor: weightIsInputMajor)
  }

  public func reads(_ element: ElementType, asOperand position: Int) -> Bool {
    guard position == 1, isWide else { return element == .float32 }
    switch element {
    case .float32: return true
    case .bfloat16, .float16: return precision == .float32
    case .int8: return inputs <= INT8_MAXIMUM_INPUTS
    }
  }

  public func channelAxis(ofOperand position: Int) -> Int? {
    position == 1 && reads(.int8, asOperand: 1) ? weightIsInputMajor ? 1 : 0 : nil
  }

  public func scratch(longest: Int) -> Int { rounded.map { $0.scratch * lines } ?? sparse?.scratch ?? 0 }
  public var scratchPerLine: Int {
    (whole?.scratchPerLine ?? rounded?.scratchPerLine ?? 0) * lines
  }

  public var sharedPanels: Int { rounded?.panels ?? 0 }

  /// Each worker computes a part of the outputs, so that together they read the weights once. bf16 and int8
  /// products are divided by lines, because each worker rounds the lines that it computes.
  public var sharing: Sharing { rounded == nil && whole == nil ? .itself : .lines }

  // Prediction reads the weights in panels of outputs, each (in, panel), in the type in which they are stored:
  // see linear_packed.h and int8_products.h.
  public var preparedCount: Int {
    if let whole { return whole.preparedCount }
    if let rounded { return rounded.preparedCount }
    let count = linear_packed_count(inputs, outputs)
    return isHalf ? (count + 1) / 2 : count
  }
  public var preparedOperands: [Int] { [1] }
  /// Whether the prepared weights have 16 bits.
  private var isHalf: Bool { element != .float32 && element != .int8 && reads(element, asOperand: 1) }

  public func prepare(_ operands: [WeightNumbers?], into prepared: UnsafeMutablePointer<Float>) {
    guard operands.count > 1, let weight = operands[1] else { return }
    switch weight {
    case .int8(let values, let scales): whole?.prepare(values, scales: scales, into: prepared)
    case .bfloat16(let values), .float16(let values):
      let panels = UnsafeMutableRawPointer(prepared).assumingMemoryBound(to: UInt16.self)
      linear_pack_halves(values, weightIsInputMajor, inputs, outputs, panels)
    case .float32(let values):
      if let rounded { return rounded.prepare(values, into: prepared) }
      linear_pack(values, weightIsInputMajor, inputs, outputs, prepared)
    }
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
      if let whole {
        whole.round(rows, x, into: scratch)
        inParts(0..<parts, of: parts, run, rows) {
          whole.multiply(scratch, rows, prepared, $0, bias, relu: relu, into: run.output)
        }
      } else {
        let mine = parts * run.part / run.parts..<parts * (run.part + 1) / run.parts
        inParts(mine, of: parts, run, rows) { multiply(x, rows, prepared, $0, bias, into: run.output) }
      }
      return
    }
    if let sparse, sparse.apply(to: x, rows: rows) {
      return sparse.forward(rows, x, run.input(1), bias, relu: relu, into: run.output, scratch)
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

  /// Computes parts of the outputs, and applies the activation to each part while it is in the cache.
  @inline(__always)
  private func inParts(
    _ mine: Range<Int>, of parts: Int, _ run: Execution, _ rows: Int, _ multiply: (Range<Int>) -> Void
  ) {
    guard let activation else { return multiply(mine) }
    for part in mine {
      multiply(part..<part + 1)
      let start = part * LINEAR_PACKED_PART
      let width = part + 1 < parts ? LINEAR_PACKED_PART : outputs - start
      activation.apply(to: run.output + start, lines: rows, width: width, apart: outputs)
    }
  }

  // x (rows, in) · Wᵀ (in, out) + b (out) → some parts of y (rows, out), with the panels of W in its own type
  @inline(__always)
  private func multiply(
    _ x: UnsafePointer<Float>, _ rows: Int, _ prepared: UnsafePointer<Float>, _ parts: Range<Int>,
    _ bias: UnsafePointer<Float>?, into y: UnsafeMutablePointer<Float>
  ) {
    let (first, end) = (parts.lowerBound, parts.upperBound)
    guard isHalf else {
      linear_packed_forward(x, rows, inputs, prepared, outputs, first, end, bias, relu, y)
      return
    }
    let panels = UnsafeRawPointer(prepared).assumingMemoryBound(to: UInt16.self)
    if element == .bfloat16 {
      linear_bfloat16_forward(x, rows, inputs, panels, outputs, first, end, bias, relu, y)
    } else {
      linear_float16_forward(x, rows, inputs, panels, outputs, first, end, bias, relu, y)
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
      if let sparse, sparse.apply(to: x, rows: rows) {
        sparse.weightGradient(
          rows, x, gradient, into: weightGradient, accumulate: run.accumulates(1), scratch)
      } else {
        denseWeightGradient(rows, x, gradient, into: weightGradient, accumulate: run.accumulates(1))
      }
    }
    if let inputGradient {
      Backend.multiply(
        rows, inputs, outputs, gradient, transposeA: false, run.input(1), transposeB: weightIsInputMajor,
        into: inputGradient, accumulate: run.accumulates(0))
    }
  }

  // ∂W = ∂yᵀ x (out, in), or xᵀ ∂y (in, out)
  private func denseWeightGradient(
    _ rows: Int, _ x: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
    into weightGradient: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    let (a, b) = weightIsInputMajor ? (x, gradient) : (gradient, x)
    Backend.multiply(
      weightIsInputMajor ? inputs : outputs, weightIsInputMajor ? outputs : inputs, rows, a,
      transposeA: true, b, transposeB: false, into: weightGradient, accumulate: accumulate)
  }
}
