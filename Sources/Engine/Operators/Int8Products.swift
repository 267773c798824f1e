import EngineKernels

/// The products of a linear layer with int8 weights: each row is rounded to 8 bits with its own scale and zero
/// when it is multiplied, the sums are exact whole numbers, and the output is float32. See int8_products.h.
struct Int8Products {
  let inputs: Int
  let outputs: Int
  let weightIsInputMajor: Bool
  private static let instructions = int8_best_instructions()

  var scratchPerLine: Int { int8_row_count(inputs, Self.instructions) }
  var preparedCount: Int { int8_packed_count(inputs, outputs) }

  func prepare(
    _ weight: UnsafePointer<Int8>, scales: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>
  ) {
    int8_pack(weight, weightIsInputMajor, scales, inputs, outputs, prepared, Self.instructions)
  }

  // x (rows, in) → x rounded
  func round(_ rows: Int, _ x: UnsafePointer<Float>, into rounded: UnsafeMutablePointer<Float>) {
    int8_round_rows(x, rows, inputs, rounded, Self.instructions)
  }

  // x rounded (rows, in) · Wᵀ (in, out) + b (out) → some parts of y (rows, out), then max(·, 0) if `relu`
  func multiply(
    _ rounded: UnsafePointer<Float>, _ rows: Int, _ prepared: UnsafePointer<Float>, _ parts: Range<Int>,
    _ bias: UnsafePointer<Float>?, relu: Bool, into y: UnsafeMutablePointer<Float>
  ) {
    int8_multiply(
      rounded, rows, inputs, prepared, outputs, parts.lowerBound, parts.upperBound, bias, relu, y,
      Self.instructions)
  }
}
