import Kernels
import Platform

/// Multi-head attention of the tokens of one text to each other (Vaswani et al. 2017, equation 1).
///
///     y = softmax(q kᵀ / √d) v      for each text and head, d = width / heads
///
/// Operands: q, k and v, (tokens, width) each, heads side by side. Rows are packed: a text attends to
/// its own tokens, and there is no padding to mask. The probabilities are not kept: backward computes
/// them again from each row's ln Σ e^score.
public struct Attention: Operator {
  public static let kind = "Attention"
  public let heads: Int
  /// What scores are multiplied by; 1 / √d.
  public let scale: Float
  /// Whether a token sees only those before it and itself.
  public let causal: Bool
  /// Of probabilities, in training.
  public let dropout: Float
  /// Tells one dropout of a network from another.
  public let stream: UInt64
  private var width = 0
  private var size = 0

  public init(heads: Int, scale: Float, causal: Bool = false, dropout: Float = 0, stream: UInt64 = 0) {
    self.heads = heads
    self.scale = scale
    self.causal = causal
    self.dropout = dropout
    self.stream = stream
  }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 3...3)
    guard operands.allSatisfy({ $0.lines == .tokens && $0.shape == operands[0].shape }) else {
      throw Failure.invalidModel("attends with \(operands.map(\.shape)); three values of tokens are needed")
    }
    guard heads > 0, operands[0].shape.count > 0, operands[0].shape.count % heads == 0 else {
      throw Failure.invalidModel("splits \(operands[0].shape) among \(heads) heads")
    }
    guard (0..<1).contains(dropout) else {
      throw Failure.invalidModel("has the dropout \(dropout); 0 up to, not including, 1 is accepted")
    }
    width = operands[0].shape.count
    size = width / heads
    return operands[0].shape
  }

  public var readsOutput: Bool { false }
  public var sharing: Sharing { .itself }
  // ln Σ e^score of every token and head.
  public var kept: (perRow: Int, fixed: Int) { (heads, 0) }
  // For every worker: probabilities, dropped probabilities, their gradient.
  public func scratch(longest: Int) -> Int {
    WorkerPool.threads * Self.squares * ((longest * longest + 15) & ~15)
  }
  private static let squares = 3

  /// One head of one text: where its tokens begin, how many they are, and the memory to work in.
  private struct Place {
    let first: Int
    let tokens: Int
    let offset: Int  // of the head's first number
    let head: Int
    let seed: UInt64
  }

  @inline(__always)
  private func each(_ step: Step, _ body: (Place) -> Void) {
    let work = step.texts.count * heads
    for item in work * step.part / step.parts..<work * (step.part + 1) / step.parts {
      let (text, head) = (item / heads, item % heads)
      let first = Int(step.texts.offsets[text])
      let tokens = min(Int(step.texts.offsets[text + 1]), step.rows) - first
      guard tokens > 0 else { continue }
      // The choice of what is dropped follows from the token's place in the batch, not in the shard.
      let seed =
        step.seed &+ stream &* 0x9e37_79b9_7f4a_7c15 &+ UInt64((step.firstRow + first) * heads + head)
      body(Place(first: first, tokens: tokens, offset: first * width + head * size, head: head, seed: seed))
    }
  }

  private func square(_ step: Step, _ index: Int, _ tokens: Int) -> UnsafeMutablePointer<Float> {
    step.scratch + (step.part * Self.squares + index) * ((step.longest * step.longest + 15) & ~15)
  }

  // q, k, v (tokens, width) → y (tokens, width); keeps ln Σ e^score (tokens, heads)
  public func forward(_ step: Step) {
    let drops = step.isTraining && dropout > 0
    each(step) { place in
      let n = place.tokens
      let scores = square(step, 0, n)
      Backend.multiply(
        n, n, size, step.input(0) + place.offset, stride: width, transposeA: false,
        step.input(1) + place.offset, stride: width, transposeB: true, into: scores, stride: n,
        accumulate: false)
      attention_softmax(
        scores, n, scale, causal, step.kept + place.first * heads + place.head, heads)
      if drops { attention_dropout(scores, scores, n, place.seed, dropout) }
      Backend.multiply(
        n, size, n, scores, stride: n, transposeA: false, step.input(2) + place.offset, stride: width,
        transposeB: false, into: step.output + place.offset, stride: width, accumulate: false)
    }
  }

  // With P the probabilities, ∂P = ∂y vᵀ and ∂s = P (∂P − Σ P ∂P) / √d:
  // ∂y (tokens, width) → ∂q = ∂s k, ∂k = ∂sᵀ q, ∂v = Pᵀ ∂y, (tokens, width) each
  public func backward(_ step: Step) {
    let rate = step.isTraining ? dropout : 0
    each(step) { place in
      let n = place.tokens
      let (probabilities, gradient) = (square(step, 0, n), square(step, 2, n))
      var dropped = probabilities
      func multiply(
        _ rows: Int, _ columns: Int, _ inner: Int, _ a: UnsafePointer<Float>, _ aStride: Int,
        _ transposeA: Bool, _ b: UnsafePointer<Float>, _ into: UnsafeMutablePointer<Float>, _ index: Int
      ) {
        Backend.multiply(
          rows, columns, inner, a, stride: aStride, transposeA: transposeA, b, stride: width,
          transposeB: false, into: into + place.offset, stride: width, accumulate: step.accumulates(index))
      }
      Backend.multiply(
        n, n, size, step.input(0) + place.offset, stride: width, transposeA: false,
        step.input(1) + place.offset, stride: width, transposeB: true, into: probabilities, stride: n,
        accumulate: false)
      attention_probabilities(
        probabilities, n, scale, causal, step.kept + place.first * heads + place.head, heads)
      if rate > 0 {
        dropped = square(step, 1, n)
        attention_dropout(probabilities, dropped, n, place.seed, rate)
      }
      if let target = step.inputGradient(2) {
        multiply(n, size, n, dropped, n, true, step.outputGradient + place.offset, target, 2)
      }
      guard step.inputGradient(0) != nil || step.inputGradient(1) != nil else { return }
      Backend.multiply(
        n, n, size, step.outputGradient + place.offset, stride: width, transposeA: false,
        step.input(2) + place.offset, stride: width, transposeB: true, into: gradient, stride: n,
        accumulate: false)
      attention_softmax_backward(probabilities, gradient, n, scale, place.seed, rate)
      if let target = step.inputGradient(0) {
        multiply(n, size, n, gradient, n, false, step.input(1) + place.offset, target, 0)
      }
      if let target = step.inputGradient(1) {
        multiply(n, size, n, gradient, n, true, step.input(0) + place.offset, target, 1)
      }
    }
  }
}
