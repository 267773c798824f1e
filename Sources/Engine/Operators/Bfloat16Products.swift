import EngineKernels

/// The bf16 products of a linear layer: the factors are rounded to bfloat16 and the sums are float32. This is
/// mixed precision training (Micikevicius et al. 2018) with the wider exponent of bfloat16 (Kalamkar et al.
/// 2019), so that no loss scale is needed. Weights and activations stay float32.
struct Bfloat16Products {
  let inputs: Int
  let outputs: Int
  let weightIsInputMajor: Bool

  /// The number of floats that the three products need for their packed factors: for each line, and in
  /// addition `scratch`.
  var scratchPerLine: Int {
    // dy (rows, out) and x (rows, in) together, in the larger of the two layouts, rounded up to whole blocks
    // and panels.
    (max(Self.blocks(outputs) + Self.panels(inputs), Self.blocks(inputs) + Self.panels(outputs)) + 1) / 2
  }
  var scratch: Int { panels + scratchPerLine }
  /// The number of floats of the packed weights, for forward and for backward.
  var panels: Int { max(bfloat16_panels_count(inputs, outputs), bfloat16_panels_count(outputs, inputs)) }
  private static func blocks(_ count: Int) -> Int { (count + 7) & ~7 }
  private static func panels(_ count: Int) -> Int { (count + 31) & ~31 }

  /// The number of floats of weights that are packed once for `forward`.
  var preparedCount: Int { bfloat16_panels_count(inputs, outputs) }
  func prepare(_ weight: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>) {
    bfloat16_pack_panels(weight, !weightIsInputMajor, inputs, outputs, 0, outputs, prepared)
  }

  // x (rows, in) · Wᵀ (in, out) + b (out) → y (rows, out), then max(·, 0) if `relu`
  func forward(
    _ rows: Int, _ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, _ run: Execution,
    _ bias: UnsafePointer<Float>?, relu: Bool, into y: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    bfloat16_pack_rows(x, rows, inputs, scratch)
    func multiply(_ panels: UnsafePointer<Float>) {
      bfloat16_multiply(scratch, BFLOAT16_ROWS, panels, rows, outputs, inputs, bias, relu, false, y)
    }
    if let prepared = run.prepared { return multiply(prepared) }
    withPanels(
      of: weight, transposed: !weightIsInputMajor, inputs, outputs, run,
      own: scratch + bfloat16_rows_count(rows, inputs), multiply)
  }

  /// Calls `multiply` with the weights in matrix panels: those that all shards share, or panels packed here.
  private func withPanels(
    of weight: UnsafePointer<Float>, transposed: Bool, _ lines: Int, _ columns: Int, _ run: Execution,
    own: UnsafeMutablePointer<Float>, _ multiply: (UnsafePointer<Float>) -> Void
  ) {
    func pack(_ range: Range<Int>, into panels: UnsafeMutablePointer<Float>) {
      bfloat16_pack_panels(weight, transposed, lines, columns, range.lowerBound, range.upperBound, panels)
    }
    let shared = run.panels?.takeUnretainedValue()
    if let panels = shared?.panels(for: run.shard, columns: columns, pack) {
      multiply(panels)
    } else {
      pack(0..<columns, into: own)
      multiply(UnsafePointer(own))
    }
    shared?.finish(run.shard)
  }

  // ∂y (rows, out), W → ∂x = ∂y W (rows, in)
  func inputGradient(
    _ rows: Int, _ gradient: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, _ run: Execution,
    into inputGradient: UnsafeMutablePointer<Float>, accumulate: Bool, _ scratch: UnsafeMutablePointer<Float>
  ) {
    bfloat16_pack_rows(gradient, rows, outputs, scratch)
    withPanels(
      of: weight, transposed: weightIsInputMajor, outputs, inputs, run,
      own: scratch + bfloat16_rows_count(rows, outputs)
    ) { panels in
      bfloat16_multiply(
        scratch, BFLOAT16_ROWS, panels, rows, inputs, outputs, nil, false, accumulate, inputGradient)
    }
  }

  // x (rows, in), ∂y (rows, out) → ∂W = ∂yᵀ x (out, in), or xᵀ ∂y (in, out)
  func weightGradient(
    _ rows: Int, _ x: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
    into weightGradient: UnsafeMutablePointer<Float>, accumulate: Bool, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let (first, second, lines, columns) =
      weightIsInputMajor ? (x, gradient, inputs, outputs) : (gradient, x, outputs, inputs)
    let panels = scratch + bfloat16_blocks_count(lines, rows)
    bfloat16_pack_blocks(first, lines, rows, scratch)
    bfloat16_pack_panels(second, false, rows, columns, 0, columns, panels)
    bfloat16_multiply(
      scratch, BFLOAT16_BLOCKS, panels, lines, columns, rows, nil, false, accumulate, weightGradient)
  }
}
