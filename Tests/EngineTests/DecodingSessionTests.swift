import Platform
import Testing

@testable import Engine

/// A text that grows by tokens. The oracle is the whole text computed at once by the same network.
@Suite("Incremental decoding")
struct DecodingSessionTests {
  static let tokens: [Float] = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]

  /// A decoder of two causal layers; outputs for every token, or for the last one.
  private static func decoder(_ function: TokenPooling.Function?, prefix: Int) throws -> Graph {
    try PositionPruningTests.network(function, causal: true, prefix: prefix)
  }

  /// The outputs of the whole text, (tokens, width) or (1, width).
  private static func whole(_ predictor: Predictor, _ tokens: [Float]) throws -> [Float] {
    var found: [Float] = []
    let isPooled = predictor.graph.outputLines == .rows
    try predictor.run(
      rows: 1, lengths: [Int32(tokens.count)],
      fill: { _, inputs in
        inputs[0].update(from: tokens, count: tokens.count)
      },
      take: { _, values in
        found = Array(
          UnsafeBufferPointer(
            start: values, count: (isPooled ? 1 : tokens.count) * predictor.graph.outputWidth))
      })
    return found
  }

  /// The outputs of the next tokens.
  private static func extend(_ session: DecodingSession, _ tokens: [Float], by count: Int) throws -> [Float] {
    var found: [Float] = []
    try session.extend(
      by: count,
      fill: { range, inputs in for (place, token) in range.enumerated() { inputs[0][place] = tokens[token] }
      },
      take: { range, values in
        found += UnsafeBufferPointer(start: values, count: range.count * PositionPruningTests.width)
      })
    return found
  }

  @Test(
    "The outputs of tokens added in pieces are those of the whole text", arguments: [0, 3], [1, 2])
  func pieces(prefix: Int, threads: Int32) throws {
    try WorkerPool.setThreads(threads)
    defer { try? WorkerPool.setThreads(0) }
    let predictor = try Predictor(Self.decoder(nil, prefix: prefix), longestText: Self.tokens.count)
    let expected = try Self.whole(predictor, Self.tokens)
    for pieces in [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [5, 1, 2, 4], [12], [0, 11, 1]] {
      // Pieces of more than 3 tokens are divided.
      let session = try DecodingSession(predictor, longest: Self.tokens.count, atOnce: 3)
      let found = try pieces.flatMap { try Self.extend(session, Self.tokens, by: $0) }
      #expect(session.count == Self.tokens.count)
      #expect(found.count == expected.count)
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-6 }, "\(pieces)")
    }
  }

  @Test("A network that reads the last token gives the output of the text so far")
  func last() throws {
    let predictor = try Predictor(Self.decoder(.last, prefix: 0), longestText: Self.tokens.count)
    let session = try DecodingSession(predictor, longest: Self.tokens.count)
    for count in 1...Self.tokens.count {
      var found: [Float] = []
      try session.extend(
        by: 1, fill: { range, inputs in inputs[0][0] = Self.tokens[range.lowerBound] },
        take: { _, values in
          found = Array(UnsafeBufferPointer(start: values, count: PositionPruningTests.width))
        })
      let expected = try Self.whole(predictor, Array(Self.tokens.prefix(count)))
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-6 }, "\(count) tokens")
    }
  }

  @Test(
    "After a rewind, another continuation is that of the other text; a failed one leaves the text as it was")
  func rewind() throws {
    let predictor = try Predictor(Self.decoder(nil, prefix: 0), longestText: Self.tokens.count)
    let session = try DecodingSession(predictor, longest: 8)
    _ = try Self.extend(session, Self.tokens, by: 7)
    session.rewind(to: 3)
    let other: [Float] = Array(Self.tokens.prefix(3)) + [7, 0, 2]
    #expect(throws: Failure.self) { try Self.extend(session, Self.tokens, by: 6) }
    // 20 is outside the table.
    #expect { try Self.extend(session, Array(other.prefix(4)) + [20], by: 2) } throws: {
      ($0 as? Failure)?.kind == .invalidData
    }
    #expect(session.count == 3)
    let found = try Self.extend(session, other, by: 3)
    let expected = try Self.whole(predictor, other).suffix(found.count)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-6 })
  }

  @Test("A network in which tokens read later ones is refused at the node")
  func refused() throws {
    for (function, causal) in [(TokenPooling.Function?.none, false), (.first, true), (.mean, true)] {
      let graph = try PositionPruningTests.network(function, causal: causal, prefix: 0)
      let predictor = try Predictor(graph, longestText: 8)
      #expect { try DecodingSession(predictor, longest: 8) } throws: {
        ($0 as? Failure)?.kind == .unsupported
          && ["layer.0.attention", "layer.1.dense.first", "pooling"].contains(($0 as? Failure)?.location)
      }
    }
    let rows = try Predictor(perceptron([3, 2]))
    #expect(throws: Failure.self) { try DecodingSession(rows, longest: 8) }
  }
}
