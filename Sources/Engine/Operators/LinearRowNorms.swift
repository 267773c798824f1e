import EngineKernels

extension Linear: RowNorms {
  /// Whether the norm of a row with some lines is cheaper from products of its lines with each other than from the
  /// row's gradient (Bu, Mao and Xu 2022, section 4: the layerwise decision).
  private func usesLineProducts(_ lines: Int) -> Bool {
    lines <= max(1, inputs * outputs / (inputs + outputs))
  }

  // The sum of a row's lines (outputs), or the gradient of one row (out, in).
  public func rowNormScratch(longest: Int) -> Int {
    usesLineProducts(max(longest, 1) * linesPerRow) ? outputs : max(outputs, inputs * outputs)
  }

  public func addNorms(
    _ run: Execution, _ rows: RowLines, _ memory: UnsafeMutablePointer<Float>,
    to norms: UnsafeMutablePointer<Double>
  ) {
    addNorms(run, rows, reading: run.input(0), memory, to: norms)
  }

  // With a row's lines xₜ (in) and gₜ (out):
  // ‖∂W‖² = ‖Σₜ gₜ xₜᵀ‖² = Σₛ Σₜ (gₛ · gₜ)(xₛ · xₜ), ‖∂b‖² = ‖Σₜ gₜ‖²
  /// - Parameter x: replaces the first operand.
  func addNorms(
    _ run: Execution, _ rows: RowLines, reading x: UnsafePointer<Float>,
    _ memory: UnsafeMutablePointer<Float>, to norms: UnsafeMutablePointer<Double>
  ) {
    let gradient = run.outputGradient
    if relu {
      activation_backward(
        ACTIVATION_RELU, 0, run.output, run.output, gradient, gradient, run.rows * linesPerRow * outputs,
        false)
    }
    let wantsWeight = run.inputGradient(1) != nil
    let wantsBias = hasBias && run.inputGradient(2) != nil
    for row in 0..<rows.count {
      let count = rows[row].count * linesPerRow
      let (x, g) = (
        x + rows[row].lowerBound * linesPerRow * inputs,
        gradient + rows[row].lowerBound * linesPerRow * outputs
      )
      if wantsBias { norms[row] += line_sum_norm(g, count, outputs, memory) }
      guard wantsWeight else { continue }
      if usesLineProducts(count) {
        norms[row] += outer_products_norm(x, inputs, g, outputs, count)
      } else {
        Backend.multiply(
          outputs, inputs, count, g, transposeA: true, x, transposeB: false, into: memory,
          accumulate: false)
        norms[row] += sum_of_squares(memory, inputs * outputs)
      }
    }
  }
}
