import Platform

/// Incremental decoding of one text: the text grows by tokens, and only these are computed. The keys and values of
/// earlier tokens stay between calls, so that a token costs one token's products and its attention to the text.
///
/// The outputs are those of the whole text computed at once. One session holds one text, is used by one thread at a
/// time, and allocates nothing after the first call.
///
///     let session = try DecodingSession(predictor, longest: 512)
///     try session.extend(by: prompt.count, fill: …, take: …)   // the whole prompt
///     try session.extend(by: 1, fill: …, take: …)              // one token more
public final class DecodingSession {
  /// The number of tokens of the text so far.
  public private(set) var count = 0
  /// The maximum number of tokens of the text.
  public let longest: Int
  /// The maximum number of tokens of a run; `extend` divides longer ones.
  public let atOnce: Int

  private let workspace: Workspace
  /// Owns the weights.
  private let predictor: Predictor
  private var inputs: [UnsafeMutablePointer<Float>]
  private let growing: GrowingValues

  /// - Parameters:
  ///   - longest: the maximum number of tokens of the text. Memory for the keys and values of all of them is taken
  ///     now.
  ///   - atOnce: the maximum number of tokens that are computed together.
  /// - Throws: `unsupported` for a network that reads no texts, or in which a token's output depends on later tokens;
  ///   the location is the node.
  public init(_ predictor: Predictor, longest: Int, atOnce: Int = 256) throws {
    let prepared = try predictor.preparedWeights()
    guard longest > 0, atOnce > 0 else {
      throw Failure.invalidArgument(
        "a text of up to \(longest) tokens, \(atOnce) of them together, has no place for one; 1 or more is accepted"
      )
    }
    growing = try GrowingValues(prepared.graph)
    self.predictor = predictor
    self.longest = longest
    self.atOnce = min(atOnce, longest)
    workspace = try Workspace(
      prepared.graph, capacity: Capacity(rows: 1, tokens: self.atOnce, longest: longest),
      parameters: prepared.parameters.pointers, prepared: prepared.addresses, growing: growing)
    inputs = workspace.inputs
  }

  /// Computes the outputs of the text's next tokens.
  ///
  /// - Parameters:
  ///   - tokens: the number of new tokens.
  ///   - fill: writes the inputs of some of the new tokens, (range, width) each. A range counts the text's tokens from
  ///     its beginning.
  ///   - take: receives their outputs: (range, output width), or for a network with one output for a text, that of
  ///     the text up to the range's end.
  /// - Throws: `invalidArgument` if the text would become longer than `longest`; the error of an operator that cannot
  ///   compute a token. The text is then as before the call.
  public func extend(
    by tokens: Int, fill: (Range<Int>, [UnsafeMutablePointer<Float>]) -> Void,
    take: (Range<Int>, UnsafePointer<Float>) -> Void
  ) throws {
    guard tokens >= 0, tokens <= longest - count else {
      throw Failure.invalidArgument(
        "a text of \(count) tokens cannot be extended by \(tokens): the session holds texts of up to \(longest)"
      )
    }
    let before = count
    do {
      while count < before + tokens { try run(count..<min(count + atOnce, before + tokens), fill, take) }
    } catch {
      count = before
      if let failure = error as? RowFailure { throw failure.failure() }
      throw error
    }
  }

  /// Removes the text's last tokens, so that it can be continued in another way.
  ///
  /// - Parameter length: the number of tokens that stay, at most `count`.
  public func rewind(to length: Int) { count = min(max(length, 0), count) }

  private func run(
    _ range: Range<Int>, _ fill: (Range<Int>, [UnsafeMutablePointer<Float>]) -> Void,
    _ take: (Range<Int>, UnsafePointer<Float>) -> Void
  ) throws {
    workspace.earlier = range.lowerBound
    var length = Int32(clamping: range.count)
    workspace.setTexts(&length, count: 1)
    for (place, id) in workspace.graph.inputs.enumerated() {
      inputs[place] = workspace.inputs[place] + line(of: id, range)
    }
    fill(range, inputs)
    try workspace.forward(rows: 1, firstRow: 0, sharedBy: WorkerPool.threads)
    count = range.upperBound
    take(range, UnsafePointer(workspace.output + line(of: workspace.graph.output, range)))
  }

  /// Where the range's lines of a value begin, in floats.
  private func line(of id: Graph.ValueID, _ range: Range<Int>) -> Int {
    let graph = workspace.graph
    return growing.values.contains(graph.storage(of: id).index) ? range.lowerBound * graph[id].shape.count : 0
  }
}
