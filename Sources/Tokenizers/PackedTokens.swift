import Platform

/// The tokens of many texts, one sequence after another without padding. Only one `encode` at a time may fill
/// it; its memory is reused and only grows.
public final class PackedTokens: @unchecked Sendable {
  /// The number of sequences: one per text, or more if long texts are divided into windows.
  public internal(set) var count = 0
  public internal(set) var tokenCount = 0
  /// The tokens of sequence s are ids[offsets[s] ..< offsets[s + 1]]. The buffers may be longer than that.
  public internal(set) var offsets: Buffer<Int64>
  public internal(set) var ids: Buffer<Int32>
  /// 0, or 1 in the second text of a pair, as the tokenizer defines.
  public internal(set) var typeIDs: Buffer<Int32>
  /// The text of each sequence.
  public internal(set) var texts: Buffer<Int32>
  /// The places of the tokens in their texts, if requested.
  public internal(set) var places: TokenPlaces?
  /// The parts that workers encoded, to be reused.
  private var parts: [PackedTokens] = []
  private let failures = FirstFailure()
  /// Where the part begins in the whole.
  private var start = (tokens: 0, sequences: 0)

  public init() throws {
    offsets = try Buffer(count: 1, for: "token offsets")
    ids = try Buffer(count: 0, for: "tokens")
    typeIDs = try Buffer(count: 0, for: "tokens")
    texts = try Buffer(count: 0, for: "tokens")
  }

  /// The tokens of a sequence; sequence in 0 ..< count.
  public func tokens(_ sequence: Int) -> Range<Int> {
    Int(offsets.elements[sequence])..<Int(offsets.elements[sequence + 1])
  }

  func clear(findsPlaces: Bool) throws {
    count = 0
    tokenCount = 0
    offsets.pointer[0] = 0
    if !findsPlaces { places = nil } else if places == nil { places = try TokenPlaces() }
  }

  /// Reserves room for `tokens` more tokens and one more sequence.
  func reserve(tokens: Int) throws {
    let (wanted, overflow) = tokenCount.addingReportingOverflow(tokens)
    guard !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: "tokens") }
    if ids.count < wanted {
      let capacity = max(wanted, ids.count + ids.count / 2)
      ids = try ids.grown(to: capacity, keeping: tokenCount)
      typeIDs = try typeIDs.grown(to: capacity, keeping: tokenCount)
    }
    try places?.reserve(wanted, keeping: tokenCount)
    try reserve(sequences: count + 1)
  }

  func reserve(sequences: Int) throws {
    guard texts.count < sequences else { return }
    let capacity = max(sequences, texts.count * 2, 16)
    texts = try texts.grown(to: capacity, keeping: count)
    offsets = try offsets.grown(to: capacity + 1, keeping: count + 1)
  }

  /// Ends a sequence whose tokens were written.
  func endSequence(of text: Int, tokens: Int) {
    tokenCount += tokens
    texts.pointer[count] = Int32(truncatingIfNeeded: text)
    count += 1
    offsets.pointer[count] = Int64(tokenCount)
  }

  /// Encodes parts on all workers and concatenates them.
  ///
  /// - Parameter encode: encodes the part of a number.
  func encodeParts(_ count: Int, findsPlaces: Bool, _ encode: (Int, PackedTokens) throws -> Void) throws {
    while parts.count < count { parts.append(try PackedTokens()) }
    for part in parts { try part.clear(findsPlaces: findsPlaces) }
    failures.clear()
    let parts = parts
    WorkerPool.run(shards: count) { index in failures.catching { try encode(index, parts[index]) } }
    try failures.rethrow()
    try join(parts)
  }

  func releaseParts() { parts = [] }

  /// The bytes of its memory, parts included.
  public var memorySize: Int {
    8 * ids.count + 12 * texts.count + parts.reduce(0) { $0 + $1.memorySize }
  }

  /// Concatenates the sequences of several parts, on all workers.
  private func join(_ parts: [PackedTokens]) throws {
    var (tokens, sequences) = (0, 0)
    for part in parts {
      part.start = (tokens, sequences)
      tokens += part.tokenCount
      sequences += part.count
    }
    try reserve(tokens: tokens)
    try reserve(sequences: sequences)
    WorkerPool.run(shards: parts.count) { index in
      let part = parts[index]
      let start = part.start
      ids.copy(from: part.ids, count: part.tokenCount, to: start.tokens)
      typeIDs.copy(from: part.typeIDs, count: part.tokenCount, to: start.tokens)
      texts.copy(from: part.texts, count: part.count, to: start.sequences)
      for sequence in 0..<part.count {
        offsets.pointer[start.sequences + sequence + 1] =
          part.offsets.pointer[sequence + 1] + Int64(start.tokens)
      }
      if let places, let added = part.places {
        places.copy(from: added, count: part.tokenCount, to: start.tokens)
      }
    }
    tokenCount = tokens
    count = sequences
  }
}

/// For each token, the range of its text that it represents; 0 ..< 0 for special tokens that the tokenizer
/// added.
public final class TokenPlaces: @unchecked Sendable {
  /// The first character (Unicode code point) of each token in its text.
  public private(set) var characterStarts: Buffer<Int32>
  /// The end of each token in characters.
  public private(set) var characterEnds: Buffer<Int32>
  /// The first byte of each token in its text.
  public private(set) var byteStarts: Buffer<Int32>
  /// The end of each token in bytes.
  public private(set) var byteEnds: Buffer<Int32>
  /// The index of the token's word in its text; −1 for added special tokens.
  public private(set) var words: Buffer<Int32>
  /// 0 or 1: the first or second text; −1 for added special tokens.
  public private(set) var sequences: Buffer<Int32>

  init() throws {
    characterStarts = try Buffer(count: 0)
    characterEnds = try Buffer(count: 0)
    byteStarts = try Buffer(count: 0)
    byteEnds = try Buffer(count: 0)
    words = try Buffer(count: 0)
    sequences = try Buffer(count: 0)
  }

  func reserve(_ wanted: Int, keeping kept: Int) throws {
    guard sequences.count < wanted else { return }
    let capacity = max(wanted, sequences.count + sequences.count / 2)
    characterStarts = try characterStarts.grown(to: capacity, keeping: kept)
    characterEnds = try characterEnds.grown(to: capacity, keeping: kept)
    byteStarts = try byteStarts.grown(to: capacity, keeping: kept)
    byteEnds = try byteEnds.grown(to: capacity, keeping: kept)
    words = try words.grown(to: capacity, keeping: kept)
    sequences = try sequences.grown(to: capacity, keeping: kept)
  }

  func copy(from other: TokenPlaces, count: Int, to start: Int) {
    characterStarts.copy(from: other.characterStarts, count: count, to: start)
    characterEnds.copy(from: other.characterEnds, count: count, to: start)
    byteStarts.copy(from: other.byteStarts, count: count, to: start)
    byteEnds.copy(from: other.byteEnds, count: count, to: start)
    words.copy(from: other.words, count: count, to: start)
    sequences.copy(from: other.sequences, count: count, to: start)
  }
}

extension Buffer {
  /// A longer buffer with the first `kept` elements of this one.
  func grown(to capacity: Int, keeping kept: Int) throws -> Buffer {
    let larger = try Buffer(count: capacity, for: "tokens")
    larger.pointer.update(from: pointer, count: kept)
    return larger
  }

  func copy(from other: Buffer, count: Int, to start: Int) {
    (pointer + start).update(from: other.pointer, count: count)
  }
}
