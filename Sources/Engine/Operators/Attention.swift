import EngineKernels
import Platform

/// Multi-head attention of the tokens of one text to each other, or to the elements of another sequence of the row
/// (cross-attention; Vaswani et al. 2017, equation 1).
///
///     y = softmax(q kᵀ / √d) v      for each text and head, d = width / heads
///
/// Operands: q, k and v, (tokens, width) each, with the heads next to each other; then optionally keys and
/// values that precede those of every text, (prefix, width) each (prefix tuning, Li and Liang 2021). Rows are
/// packed: a text attends to its own tokens, and there is no padding to mask. k and v are of the same sequence, q of
/// the same or of another one. q may have one query for each text instead of one for each token, (rows, width). y
/// then has the same shape, and a causal query sees all tokens. y is zero where there is no key. The probabilities are not saved for backward, which recomputes them from each query's ln Σ
/// e^score.
public struct Attention: Operator {
  public static let kind = "Attention"
  /// The number of heads, which divides the width.
  public let heads: Int
  /// The factor of the scores, 1 / √d.
  public let scale: Float
  /// Whether a token sees only itself and the tokens before it.
  public let causal: Bool
  /// The rate of dropout of the probabilities, in training.
  public let dropout: Float
  /// Identifies this dropout among those of the network.
  public let stream: UInt64
  private var width = 0
  private var size = 0
  /// The number of keys and values that precede those of each text.
  private var prefix = 0
  /// Whether there is a query for every token, or else for every row.
  private var hasTokenQueries = true
  /// Whether keys and values are of another sequence than the queries.
  private var crosses = false

  public init(heads: Int, scale: Float, causal: Bool = false, dropout: Float = 0, stream: UInt64 = 0) {
    self.heads = heads
    self.scale = scale
    self.causal = causal
    self.dropout = dropout
    self.stream = stream
  }

  public var attributes: [JSONValue.Member] {
    [
      .init("heads", .integer(heads)), .init("scale", .finite(scale)), .init("causal", .bool(causal)),
      .init("dropout", .finite(dropout)), .init("stream", .integer(Int64(bitPattern: stream))),
    ]
  }
  public var dependence: Dependence { causal ? .textSoFar : .text }
  public var rowGradients: RowGradients { .separate }
  public var role: OperatorRole { .attention(AttentionRole(heads: heads, operandsBeforePrefix: 3)) }
  /// A line of the output depends only on its own query, and on all keys and values.
  public func dependence(onOperand position: Int) -> Dependence { position == 0 ? .line : dependence }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, operands.count > 3 ? 5...5 : 3...3)
    let (queries, keys) = (operands[0].lines, operands[1].lines)
    guard operands[0].hasRows, keys.axis != nil, operands[2].lines == keys,
      operands.prefix(3).allSatisfy({ $0.shape == operands[0].shape })
    else {
      throw Failure.invalidModel(
        "attends with \(operands.map(\.shape)); queries of tokens or rows, and keys and values of tokens, "
          + "all of the same width, are needed")
    }
    hasTokenQueries = queries.axis != nil
    crosses = hasTokenQueries && queries != keys
    guard queries == .rows || hasTokenQueries, !(crosses && causal) else {
      throw Failure.invalidModel(
        crosses ? "is causal between two sequences, which have no common order" : "has one query for all rows"
      )
    }
    if operands.count == 5 {
      guard let tokens = operands[3].shape.dimensions.first, tokens > 0,
        operands.suffix(2).allSatisfy({
          $0.lines == .one && $0.shape.dimensions == [tokens, operands[0].shape.count]
        })
      else {
        throw Failure.invalidModel(
          "has prefixes of \(operands.suffix(2).map(\.shape)); keys and values (prefix, width) are needed")
      }
      prefix = tokens
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

  public func lines(of operands: [Operand]) throws -> Lines { operands[0].lines }
  public var readsOutput: Bool { false }
  public var sharing: Sharing { .itself }
  // ln Σ e^score of every query and head
  public var saved: (perLine: Int, fixed: Int) { (heads, 0) }
  // For every worker: probabilities, probabilities after dropout, their gradient; keys or values in panels.
  public func scratch(longest: Int) -> Int {
    WorkerPool.threads * (Self.squares * square(longest) + panels(longest))
  }
  // The length of a line of scores (tokens, prefix + tokens), rounded up to whole cache lines.
  private func line(_ tokens: Int) -> Int { (prefix + tokens + 15) & ~15 }
  private func square(_ tokens: Int) -> Int { tokens * line(tokens) }
  private func panels(_ tokens: Int) -> Int {
    let panel = SMALL_PRODUCT_PANEL
    return (prefix + tokens + panel - 1) / panel * panel * size
  }
  private static let squares = 3

  /// One head of one text: its queries, and the tokens that they attend to.
  private struct Place {
    let queries: Int
    let tokens: Int
    // Offsets of the head's first number in the queries, in the keys and values, and in ln Σ e^score.
    let queryOffset: Int
    let offset: Int
    let savedOffset: Int
    let head: Int
    let seed: UInt64
  }

  @inline(__always)
  private func each(_ run: Execution, _ body: (Place) -> Void) {
    let (texts, keys) = (run.texts(ofOperand: 0), run.texts(ofOperand: 1))
    let work = keys.count * heads
    for item in work * run.part / run.parts..<work * (run.part + 1) / run.parts {
      let (text, head) = (item / heads, item % heads)
      let (first, end) = hasTokenQueries ? lines(texts, text) : (text, text + 1)
      let (firstKey, endKey) = lines(keys, text)
      guard end > first, endKey > firstKey else { continue }
      // Dropout depends on the query's position in the batch, not in the shard.
      let seed =
        run.seed &+ stream &* 0x9e37_79b9_7f4a_7c15 &+ UInt64((run.firstRow + first) * heads + head)
      body(
        Place(
          queries: end - first, tokens: run.earlier + endKey - firstKey,
          queryOffset: first * width + head * size, offset: firstKey * width + head * size,
          savedOffset: first * heads + head, head: head, seed: seed))
    }
  }

  private func lines(_ texts: TextLines, _ text: Int) -> (first: Int, end: Int) {
    (Int(texts.offsets[text]), Int(texts.offsets[text + 1]))
  }

  /// Sets to zero the output, or the gradient, of queries without keys: those of texts without tokens if every row
  /// has a query, and those of rows whose other sequence is empty.
  private func clearUnanswered(_ run: Execution, _ values: UnsafeMutablePointer<Float>) {
    guard !hasTokenQueries || crosses, run.part == 0 else { return }
    let (texts, keys) = (run.texts(ofOperand: 0), run.texts(ofOperand: 1))
    for text in 0..<keys.count where keys.offsets[text] == keys.offsets[text + 1] {
      let (first, end) = hasTokenQueries ? lines(texts, text) : (text, text + 1)
      (values + first * width).update(repeating: 0, count: (end - first) * width)
    }
  }

  /// Sets to zero the gradients of keys and values that no query reads, if they are of another sequence.
  private func clearUnasked(_ run: Execution) {
    guard crosses else { return }
    let (texts, keys) = (run.texts(ofOperand: 0), run.texts(ofOperand: 1))
    for text in 0..<keys.count where texts.offsets[text] == texts.offsets[text + 1] {
      let (first, end) = lines(keys, text)
      for operand in 1...2 where !run.accumulates(operand) {
        guard let gradient = run.inputGradient(operand) else { continue }
        (gradient + first * width).update(repeating: 0, count: (end - first) * width)
      }
    }
  }

  private func memory(_ run: Execution) -> UnsafeMutablePointer<Float> {
    run.scratch + run.part * (Self.squares * square(run.longest) + panels(run.longest))
  }
  private func square(_ run: Execution, _ index: Int) -> UnsafeMutablePointer<Float> {
    memory(run) + panels(run.longest) + index * square(run.longest)
  }

  // a (queries, width) of one head · bᵀ, its keys or values (prefix + tokens, width)
  // → (queries, prefix + tokens)
  private func products(
    _ run: Execution, _ place: Place, _ a: UnsafePointer<Float>, _ operand: Int,
    into scores: UnsafeMutablePointer<Float>
  ) {
    let (panels, line) = (memory(run), line(place.tokens))
    let before = prefix > 0 ? run.input(operand + 2) + place.head * size : run.input(operand)
    small_product_panels(
      before, prefix, run.input(operand) + place.offset, place.tokens, width, size, panels)
    small_product(
      place.queries, line, size, small_factor(values: a + place.queryOffset, line: width, other: 1),
      small_factor(
        values: panels, line: SMALL_PRODUCT_PANEL,
        other: SMALL_PRODUCT_PANEL * size),
      scores, line, false)
  }

  // s (queries, prefix + tokens) · the head's keys or values (prefix + tokens, width) → (queries, width)
  private func sums(
    _ run: Execution, _ place: Place, _ scores: UnsafePointer<Float>, _ operand: Int,
    into target: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    let line = line(place.tokens)
    small_product(
      place.queries, size, place.tokens, small_factor(values: scores + prefix, line: line, other: 1),
      lines(run.input(operand) + place.offset), target + place.queryOffset, width, accumulate)
    guard prefix > 0 else { return }
    small_product(
      place.queries, size, prefix, small_factor(values: scores, line: line, other: 1),
      lines(run.input(operand + 2) + place.head * size), target + place.queryOffset, width, true)
  }

  // sᵀ (prefix + tokens, queries) · a (queries, width) → gradients of the keys or values; those of the prefix
  // are summed over texts.
  private func gradients(
    _ run: Execution, _ place: Place, _ scores: UnsafePointer<Float>, _ a: UnsafePointer<Float>,
    _ operand: Int
  ) {
    let line = line(place.tokens)
    if let target = run.inputGradient(operand) {
      small_product(
        place.tokens, size, place.queries, small_factor(values: scores + prefix, line: 1, other: line),
        lines(a + place.queryOffset), target + place.offset, width, run.accumulates(operand))
    }
    guard prefix > 0, let target = run.inputGradient(operand + 2) else { return }
    small_product(
      prefix, size, place.queries, small_factor(values: scores, line: 1, other: line),
      lines(a + place.queryOffset), target + place.head * size, width, true)
  }

  /// One head's part of lines with all heads, as the second factor of a product.
  private func lines(_ values: UnsafePointer<Float>) -> small_factor {
    small_factor(values: values, line: width, other: SMALL_PRODUCT_PANEL)
  }

  // q (queries, width), k, v (tokens, width) → y (queries, width); saves ln Σ e^score (queries, heads)
  public func forward(_ run: Execution) {
    let drops = run.isTraining && dropout > 0
    clearUnanswered(run, run.output)
    each(run) { place in
      let (n, m, line) = (place.queries, prefix + place.tokens, line(place.tokens))
      let scores = square(run, 0)
      products(run, place, run.input(0), 1, into: scores)
      attention_softmax(
        scores, n, m, line, scale, causal, run.saved + place.savedOffset, heads)
      if drops { attention_dropout(scores, scores, n, m, line, place.seed, dropout) }
      sums(run, place, scores, 2, into: run.output, accumulate: false)
    }
  }

  // With the probabilities P, ∂P = ∂y vᵀ and ∂s = P (∂P − Σ P ∂P) / √d:
  // ∂y (queries, width) → ∂q = ∂s k (queries, width), ∂k = ∂sᵀ q, ∂v = Pᵀ ∂y (tokens, width), and the same
  // for a prefix (prefix, width)
  public func backward(_ run: Execution) {
    let rate = run.isTraining ? dropout : 0
    if let target = run.inputGradient(0), !run.accumulates(0) { clearUnanswered(run, target) }
    clearUnasked(run)
    if prefix > 0 {
      for operand in 3...4 where !run.accumulates(operand) {
        run.inputGradient(operand)?.update(repeating: 0, count: prefix * width)
      }
    }
    each(run) { place in
      let (n, m, line) = (place.queries, prefix + place.tokens, line(place.tokens))
      let (probabilities, gradient) = (square(run, 0), square(run, 2))
      var dropped = probabilities
      products(run, place, run.input(0), 1, into: probabilities)
      attention_probabilities(
        probabilities, n, m, line, scale, causal, run.saved + place.savedOffset, heads)
      if rate > 0 {
        dropped = square(run, 1)
        attention_dropout(probabilities, dropped, n, m, line, place.seed, rate)
      }
      gradients(run, place, dropped, run.outputGradient, 2)
      let wantsKeys = run.inputGradient(1) != nil || prefix > 0 && run.inputGradient(3) != nil
      guard run.inputGradient(0) != nil || wantsKeys else { return }
      products(run, place, run.outputGradient, 2, into: gradient)
      attention_softmax_backward(probabilities, gradient, n, m, line, scale, place.seed, rate)
      if let target = run.inputGradient(0) {
        sums(run, place, gradient, 1, into: target, accumulate: run.accumulates(0))
      }
      gradients(run, place, gradient, run.input(0), 1)
    }
  }
}
