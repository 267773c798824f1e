import Platform

/// A linear layer and the activation before it, y = f(x) Wᵀ + b. Fusion creates it for training; files never
/// contain it.
///
/// f(x) is not saved for backward, which recomputes it from x. In a wide layer this costs a tenth of storing
/// and reading it. The gradient of x may be written in place, because f'(x) is computed from x.
///
/// Operands: x, W and b as `Linear` has them.
struct ActivatedLinear: Operator {
  static let kind = "ActivatedLinear"
  let activation: Activation
  private(set) var linear: Linear
  private var count: Int

  init(_ activation: Activation, _ linear: Linear) {
    self.activation = activation
    self.linear = linear
    count = linear.inputs * linear.linesPerRow
  }

  var attributes: [JSONValue.Member] { activation.attributes + linear.attributes }
  var dependence: Dependence { .line }
  var rowGradients: RowGradients { .norms(self) }

  mutating func resolve(_ operands: [Operand]) throws -> Shape {
    let shape = try linear.resolve(operands)
    count = operands[0].shape.count
    return shape
  }

  var readsOutput: Bool { linear.readsOutput }
  var operandReplacedByGradient: Int? { 0 }
  // f(x), then the scratch memory of the linear layer
  func scratch(longest: Int) -> Int { linear.scratch(longest: longest) }
  var scratchPerLine: Int { count + linear.scratchPerLine }
  var sharedPanels: Int { linear.sharedPanels }
  private func own(_ run: Execution) -> UnsafeMutablePointer<Float> { run.scratch + run.rows * count }

  // x (rows, in) → y (rows, out)
  func forward(_ run: Execution) {
    activation.apply(run.input(0), to: run.scratch, count: run.rows * count)
    linear.forward(run, reading: run.scratch, own(run))
  }

  // ∂y (rows, out) → ∂f = ∂y W, ∂x = ∂f · f'(x) (rows, in); ∂W and ∂b as `Linear`'s
  func backward(_ run: Execution) {
    activation.apply(run.input(0), to: run.scratch, count: run.rows * count)
    // ∂f takes the memory of f(x). No other node reads x, so its gradient is written and not added.
    let gradient = run.inputGradient(0)
    linear.backward(run, reading: run.scratch, into: gradient == nil ? nil : run.scratch, own(run))
    guard let gradient else { return }
    activation.applySlope(
      run.input(0), run.scratch, run.scratch, to: gradient, count: run.rows * count, accumulate: false)
  }
}

extension ActivatedLinear: RowNorms {
  func rowNormScratch(longest: Int) -> Int { linear.rowNormScratch(longest: longest) }

  // f(x) (rows, in) as in backward, then as `Linear`
  func addNorms(
    _ run: Execution, _ rows: RowLines, _ memory: UnsafeMutablePointer<Float>,
    to norms: UnsafeMutablePointer<Double>
  ) {
    activation.apply(run.input(0), to: run.scratch, count: run.rows * count)
    linear.addNorms(run, rows, reading: run.scratch, memory, to: norms)
  }
}
