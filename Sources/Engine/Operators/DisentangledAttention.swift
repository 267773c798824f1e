import EngineKernels
import Platform

/// Attention in which separate vectors represent the distance of two tokens (DeBERTa, He et al. 2021,
/// equations 2 to 4).
///
///     y_i = Σ_j softmax_j(scale · (q_i · k_j + q_i · K_δ(i−j) + k_j · Q_δ(i−j))) v_j      for each text and head
///
/// Operands: q, k and v, (tokens, width) each, with the heads next to each other; then the keys K of relative
/// positions (content to position), and their queries Q (position to content), (2 · span, width) each, if
/// `terms` has them. K and Q are the same for all texts: parameters, or values that are computed once. As in
/// `Attention`, rows are packed, and backward recomputes the probabilities.
public struct DisentangledAttention: Operator {
  public static let kind = "DisentangledAttention"

  /// The factor of the relative positions for a pair of tokens (i, j): the query of i, or the key of j.
  public enum Term: Sendable { case contentToPosition, positionToContent }

  /// The number of heads, which divides the width.
  public let heads: Int
  /// The factor of the scores: 1 / √(d · (1 + terms)).
  public let scale: Float
  /// The row of the tables for each distance between two tokens.
  public let positions: RelativePositions
  /// The terms with relative positions, in the order of the operands from the fourth on.
  public let terms: [Term]
  /// The rate of dropout of the probabilities, in training.
  public let dropout: Float
  /// Identifies this dropout among those of the network.
  public let stream: UInt64
  private var width = 0
  private var size = 0

  public init(
    heads: Int, scale: Float, positions: RelativePositions, terms: [Term], dropout: Float = 0,
    stream: UInt64 = 0
  ) {
    self.heads = heads
    self.scale = scale
    self.positions = positions
    self.terms = terms
    self.dropout = dropout
    self.stream = stream
  }

  public var attributes: [JSONValue.Member] {
    [
      .init("heads", .integer(heads)), .init("scale", .finite(scale)),
      .init("span", .integer(positions.span)),
      .init("longest", .integer(positions.longest)),
      .init("terms", .array(terms.map { .string($0 == .contentToPosition ? "c2p" : "p2c") })),
      .init("dropout", .finite(dropout)), .init("stream", .integer(Int64(bitPattern: stream))),
    ]
  }
  public var dependence: Dependence { .text }
  public var rowGradients: RowGradients { .separate }
  public var role: OperatorRole { .attention(AttentionRole(heads: heads, operandsBeforePrefix: nil)) }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 3 + terms.count...3 + terms.count)
    let shape = operands[0].shape
    guard operands.prefix(3).allSatisfy({ $0.lines == .tokens && $0.shape == shape }) else {
      throw Failure.invalidModel(
        "attends with \(operands.prefix(3).map(\.shape)); three values of tokens are needed")
    }
    guard heads > 0, shape.count > 0, shape.count % heads == 0 else {
      throw Failure.invalidModel("splits \(shape) among \(heads) heads")
    }
    let table = [2 * positions.span, shape.count]
    for operand in operands.dropFirst(3) {
      guard operand.lines == .one || operand.lines == .once, operand.shape.dimensions == table else {
        throw Failure.invalidModel(
          "has the relative positions \(operand.shape); \(table), the same for all texts, are needed")
      }
    }
    guard (0..<1).contains(dropout) else {
      throw Failure.invalidModel("has the dropout \(dropout); 0 up to, not including, 1 is accepted")
    }
    width = shape.count
    size = width / heads
    return shape
  }

  public func lines(of operands: [Operand]) throws -> Lines { .tokens }
  public var readsOutput: Bool { false }
  public var sharing: Sharing { .itself }
  // ln Σ e^score of every query and head
  public var saved: (perLine: Int, fixed: Int) { (heads, 0) }

  // For every worker, with n tokens in the longest text: square matrices of scores (n, n); scores by distance
  // (n, 2n − 1); the table's lines for those distances (2n − 1, size), and the same as panels. Lines of
  // scores are rounded up to whole cache lines.
  private static let squares = 3
  private func line(_ columns: Int) -> Int { (columns + 15) & ~15 }
  private func distances(_ tokens: Int) -> Int { max(2 * tokens - 1, 1) }
  private func square(_ tokens: Int) -> Int { tokens * line(tokens) }
  private func byDistance(_ tokens: Int) -> Int { tokens * line(distances(tokens)) }
  private func tableLines(_ tokens: Int) -> Int { line(distances(tokens) * size) }
  private func panels(_ tokens: Int) -> Int {
    let panel = Int(SMALL_PRODUCT_PANEL)
    return (distances(tokens) + panel - 1) / panel * panel * size
  }
  private func memory(_ tokens: Int) -> Int {
    Self.squares * square(tokens) + byDistance(tokens) + tableLines(tokens) + panels(tokens)
  }
  public func scratch(longest: Int) -> Int { WorkerPool.threads * memory(longest) }

  /// One worker's memory, and one head of one text.
  private struct Place {
    let tokens: Int
    // Offsets of the head's first number in the queries and keys, in ln Σ e^score, and in the tables.
    let offset: Int
    let savedOffset: Int
    let tableOffset: Int
    let seed: UInt64
    let scores: UnsafeMutablePointer<Float>
    let dropped: UnsafeMutablePointer<Float>
    let gradient: UnsafeMutablePointer<Float>
    let byDistance: UnsafeMutablePointer<Float>
    let lines: UnsafeMutablePointer<Float>
    let panels: UnsafeMutablePointer<Float>
  }

  @inline(__always)
  private func each(_ run: Execution, _ body: (Place) -> Void) {
    let work = run.texts.count * heads
    let most = run.longest
    let scores = run.scratch + run.part * memory(most)
    let byDistance = scores + Self.squares * square(most)
    let lines = byDistance + self.byDistance(most)
    for item in work * run.part / run.parts..<work * (run.part + 1) / run.parts {
      let (text, head) = (item / heads, item % heads)
      let first = Int(run.texts.offsets[text])
      let tokens = min(Int(run.texts.offsets[text + 1]), run.rows) - first
      guard tokens > 0 else { continue }
      // Dropout depends on the query's position in the batch, not in the shard.
      let seed =
        run.seed &+ stream &* 0x9e37_79b9_7f4a_7c15 &+ UInt64((run.firstRow + first) * heads + head)
      body(
        Place(
          tokens: tokens, offset: first * width + head * size, savedOffset: first * heads + head,
          tableOffset: head * size, seed: seed, scores: scores, dropped: scores + square(most),
          gradient: scores + 2 * square(most), byDistance: byDistance, lines: lines,
          panels: lines + tableLines(most)))
    }
  }

  // MARK: Content

  // a (tokens, width) of the head · bᵀ (tokens, width) → (tokens, tokens)
  private func products(
    _ place: Place, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into scores: UnsafeMutablePointer<Float>
  ) {
    let (n, line) = (place.tokens, line(place.tokens))
    small_product_panels(b, 0, b + place.offset, n, width, size, place.panels)
    small_product(
      n, line, size, small_factor(values: a + place.offset, line: width, other: 1),
      small_factor(values: place.panels, line: SMALL_PRODUCT_PANEL, other: SMALL_PRODUCT_PANEL * size),
      scores, line, false)
  }

  // s (tokens, tokens), or sᵀ, · a (tokens, width) of the head → (tokens, width)
  private func sums(
    _ place: Place, _ scores: UnsafePointer<Float>, transposed: Bool = false, _ a: UnsafePointer<Float>,
    into target: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    let (n, line) = (place.tokens, line(place.tokens))
    small_product(
      n, size, n, small_factor(values: scores, line: transposed ? 1 : line, other: transposed ? line : 1),
      small_factor(values: a + place.offset, line: width, other: SMALL_PRODUCT_PANEL),
      target + place.offset, width, accumulate)
  }

  // MARK: Relative positions

  /// The number of tokens whose scores by distance are computed together. Each needs n of the 2n − 1
  /// distances.
  private static let together = 32

  /// Calls `body` with the table's rows by distance, the first distance i − j of a line, and the step to the
  /// next one.
  private func distances(
    _ term: Term, _ place: Place, _ body: (_ rows: relative_rows, _ first: Int, _ step: Int) -> Void
  ) {
    let furthest = positions.longest - 1
    positions.rows.withUnsafeBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      let rows = relative_rows(rows: base + furthest, furthest: furthest)
      switch term {
      case .contentToPosition: body(rows, place.tokens - 1, -1)  // for i, j from the text's first token
      case .positionToContent: body(rows, 1 - place.tokens, 1)  // for j, i
      }
    }
  }

  /// The position of the operand that is multiplied by the relative positions: q or k.
  private func operand(_ term: Term) -> Int { term == .contentToPosition ? 0 : 1 }

  // scores (tokens, tokens) += products of q (or k) (tokens, width) and the table (2 · span, width)
  private func addPositions(_ run: Execution, _ place: Place, to scores: UnsafeMutablePointer<Float>) {
    let (n, panel) = (place.tokens, Int(SMALL_PRODUCT_PANEL))
    let (count, wide) = (distances(n), line(distances(n)))
    for (index, term) in terms.enumerated() {
      loadLines(run, place, index)
      small_product_panels(place.lines, 0, place.lines, count, size, size, place.panels)
      let a = run.input(operand(term)) + place.offset
      for start in stride(from: 0, to: n, by: Self.together) {
        let end = min(start + Self.together, n)
        let first = (n - end) / panel
        small_product(
          end - start, line(count - start) - first * panel, size,
          small_factor(values: a + start * width, line: width, other: 1),
          small_factor(
            values: place.panels + first * panel * size, line: panel, other: panel * size),
          place.byDistance + start * wide + first * panel, wide, false)
      }
      relative_scores_add(place.byDistance, wide, n, term == .positionToContent, scores, line(n))
    }
  }

  /// Copies the head's part of the table's lines, one for each of the text's distances.
  private func loadLines(_ run: Execution, _ place: Place, _ index: Int) {
    distances(terms[index], place) {
      relative_lines(
        run.input(3 + index) + place.tableOffset, width, size, $0, $1, $2, distances(place.tokens),
        place.lines)
    }
  }

  // ∂s (tokens, tokens) → ∂q (or ∂k) += ∂s by distance · lines (tokens, width), ∂table += (2 · span, width)
  private func positionsBackward(_ run: Execution, _ place: Place) {
    let n = place.tokens
    let (count, wide) = (distances(n), line(distances(n)))
    for (index, term) in terms.enumerated() {
      let content = operand(term)
      let (target, table) = (run.inputGradient(content), run.inputGradient(3 + index))
      guard target != nil || table != nil else { continue }
      relative_scores_spread(
        place.gradient, line(n), n, term == .positionToContent, place.byDistance, wide)
      if let target {
        loadLines(run, place, index)
        for start in stride(from: 0, to: n, by: Self.together) {
          let end = min(start + Self.together, n)
          let first = n - end
          small_product(
            end - start, size, count - start - first,
            small_factor(values: place.byDistance + start * wide + first, line: wide, other: 1),
            small_factor(values: place.lines + first * size, line: size, other: SMALL_PRODUCT_PANEL),
            target + place.offset + start * width, width, true)
        }
      }
      guard let table else { continue }
      let a = run.input(content) + place.offset
      for start in stride(from: 0, to: count, by: Self.together) {
        let end = min(start + Self.together, count)
        // The tokens that have one of these distances.
        let tokens = max(n - end, 0)..<min(count - start, n)
        small_product(
          end - start, size, tokens.count,
          small_factor(values: place.byDistance + tokens.lowerBound * wide + start, line: 1, other: wide),
          small_factor(values: a + tokens.lowerBound * width, line: width, other: SMALL_PRODUCT_PANEL),
          place.lines + start * size, size, false)
      }
      distances(term, place) {
        relative_lines_add(place.lines, size, $0, $1, $2, count, table + place.tableOffset, width)
      }
    }
  }

  // MARK: Forward and backward

  // q, k, v (tokens, width) → y (tokens, width); saves ln Σ e^score (tokens, heads)
  public func forward(_ run: Execution) {
    let drops = run.isTraining && dropout > 0
    each(run) { place in
      let (n, line, scores) = (place.tokens, line(place.tokens), place.scores)
      products(place, run.input(0), run.input(1), into: scores)
      addPositions(run, place, to: scores)
      attention_softmax(scores, n, n, line, scale, false, run.saved + place.savedOffset, heads)
      if drops { attention_dropout(scores, scores, n, n, line, place.seed, dropout) }
      sums(place, scores, run.input(2), into: run.output, accumulate: false)
    }
  }

  // With the probabilities P, ∂P = ∂y vᵀ and ∂s = scale · P (∂P − Σ P ∂P):
  // ∂y (tokens, width) → ∂q = ∂s k + ∂s by distance · K, ∂k = ∂sᵀ q + ∂sᵀ by distance · Q, ∂v = Pᵀ ∂y
  // (tokens, width); ∂K, ∂Q (2 · span, width)
  public func backward(_ run: Execution) {
    let rate = run.isTraining ? dropout : 0
    for index in terms.indices where !run.accumulates(3 + index) {
      run.inputGradient(3 + index)?.update(repeating: 0, count: 2 * positions.span * width)
    }
    let wantsScores =
      run.inputGradient(0) != nil || run.inputGradient(1) != nil
      || terms.indices.contains { run.inputGradient(3 + $0) != nil }
    each(run) { place in
      let (n, line) = (place.tokens, line(place.tokens))
      var dropped = place.scores
      products(place, run.input(0), run.input(1), into: place.scores)
      addPositions(run, place, to: place.scores)
      attention_probabilities(place.scores, n, n, line, scale, false, run.saved + place.savedOffset, heads)
      if rate > 0 {
        dropped = place.dropped
        attention_dropout(place.scores, dropped, n, n, line, place.seed, rate)
      }
      if let target = run.inputGradient(2) {
        sums(
          place, dropped, transposed: true, run.outputGradient, into: target, accumulate: run.accumulates(2)
        )
      }
      guard wantsScores else { return }
      products(place, run.outputGradient, run.input(2), into: place.gradient)
      attention_softmax_backward(place.scores, place.gradient, n, n, line, scale, place.seed, rate)
      if let target = run.inputGradient(0) {
        sums(place, place.gradient, run.input(1), into: target, accumulate: run.accumulates(0))
      }
      if let target = run.inputGradient(1) {
        sums(
          place, place.gradient, transposed: true, run.input(0), into: target,
          accumulate: run.accumulates(1))
      }
      positionsBackward(run, place)
    }
  }
}
