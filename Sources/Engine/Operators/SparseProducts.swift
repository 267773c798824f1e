import EngineKernels

/// The products of a linear layer with rows most of whose numbers are 0, as one-hot categories are: a table of categories
/// has one number other than 0 for each column. Only in training; prediction reads packed weights.
struct SparseProducts {
  let inputs: Int
  let outputs: Int
  let weightIsInputMajor: Bool

  /// Fewer products than these are not worth the search for zeros, and more weights than these do not stay in a near
  /// cache.
  private static let leastWidth = 16
  private static let mostWeights = 1 << 15
  /// With fewer rows, transposing the weights takes longer than it saves.
  private static let leastRows = 32

  /// - Returns: nil for a layer whose rows are never treated so.
  init?(inputs: Int, outputs: Int, weightIsInputMajor: Bool) {
    let (weights, overflow) = inputs.multipliedReportingOverflow(by: outputs)
    guard inputs >= Self.leastWidth, outputs >= Self.leastWidth, !overflow, weights <= Self.mostWeights else {
      return nil
    }
    self.inputs = inputs
    self.outputs = outputs
    self.weightIsInputMajor = weightIsInputMajor
  }

  /// The number of floats of working memory: the places of a row's numbers, and the weights or their gradient (in, out).
  var scratch: Int { inputs + (weightIsInputMajor ? 0 : inputs * outputs) }

  /// Whether x (rows, in) has many rows and few numbers other than 0.
  func apply(to x: UnsafePointer<Float>, rows: Int) -> Bool {
    rows >= Self.leastRows && rows_are_sparse(x, rows, inputs)
  }

  private func places(_ scratch: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: UInt32.self)
  }

  // x (rows, in) · Wᵀ (in, out) + b (out) → y (rows, out), then max(·, 0) if `relu`
  func forward(
    _ rows: Int, _ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
    relu: Bool, into y: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
  ) {
    var inputMajor = weight
    if !weightIsInputMajor {
      transpose_lines(weight, outputs, inputs, scratch + inputs, false)
      inputMajor = UnsafePointer(scratch + inputs)
    }
    sparse_rows_forward(x, rows, inputs, inputMajor, outputs, bias, relu, places(scratch), y)
  }

  // ∂W = ∂yᵀ x (out, in), or xᵀ ∂y (in, out)
  func weightGradient(
    _ rows: Int, _ x: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
    into weightGradient: UnsafeMutablePointer<Float>, accumulate: Bool, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let sum = weightIsInputMajor ? weightGradient : scratch + inputs
    if !weightIsInputMajor || !accumulate { sum.update(repeating: 0, count: inputs * outputs) }
    sparse_rows_gradient(x, rows, inputs, gradient, outputs, places(scratch), sum)
    if !weightIsInputMajor { transpose_lines(sum, inputs, outputs, weightGradient, accumulate) }
  }
}
