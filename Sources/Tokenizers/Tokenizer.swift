import Kernels
import Platform

/// A tokenizer as a Hugging Face directory has it: texts in, numbers of tokens out, equal to those of the
/// library that wrote the files. It does not change and serves many threads at once.
///
///     let tokenizer = try Tokenizer.load(directory: "minilm")
///     tokenizer.encode("Fair enough.").ids   // [101, 4189, 2438, 1012, 102]
public final class Tokenizer: @unchecked Sendable {
  /// Tokens by name: the padding, the mask …
  public let specialTokens: SpecialTokens
  /// The most tokens that the model takes, if the files say so.
  public let maximumLength: Int?
  public let addedTokens: [AddedToken]
  /// The files that the tokenizer was made of, to be kept beside a model that is saved.
  public let files: [TokenizerFile]

  let pipeline: Pipeline
  let processor: PostProcessor
  let decoding: [DecodingStep]
  /// What added tokens that are looked for in normalized text are there, and when they are decoded.
  let normalizedContents: [Int: [UInt8]]
  private let idsByContent: [String: Int]
  private let contentsByID: [Int: AddedToken]
  private let encoders = EncoderPool()

  init(
    _ pipeline: Pipeline, _ processor: PostProcessor, _ decoding: [DecodingStep],
    addedTokens: [AddedToken], normalizedContents: [Int: [UInt8]], specialTokens: SpecialTokens,
    maximumLength: Int?, files: [TokenizerFile]
  ) {
    self.pipeline = pipeline
    self.processor = processor
    self.decoding = decoding
    self.addedTokens = addedTokens
    self.normalizedContents = normalizedContents
    self.specialTokens = specialTokens
    self.maximumLength = maximumLength
    self.files = files
    var (byContent, byID): ([String: Int], [Int: AddedToken]) = ([:], [:])
    for token in addedTokens {
      byContent[token.content] = token.id
      byID[token.id] = token
    }
    (idsByContent, contentsByID) = (byContent, byID)
  }

  /// Numbers that tokens can have: 0 ..< vocabularySize. A model's table of embeddings has at least as many
  /// rows.
  public var vocabularySize: Int {
    addedTokens.reduce(pipeline.model.vocabulary.count) { max($0, $1.id + 1) }
  }

  public func id(of token: String) -> Int? { idsByContent[token] ?? pipeline.model.vocabulary.id(of: token) }

  /// The token as its file writes it; nil for a number that no token has.
  public func token(_ id: Int) -> String? { contentsByID[id]?.content ?? pipeline.model.vocabulary.token(id) }

  func addedToken(_ id: Int) -> AddedToken? { contentsByID[id] }

  /// The special tokens that are put around a text, or a pair.
  public func addedTokenCount(pair: Bool) -> Int { processor.addedTokens(pair: pair) }

  /// One text, or a pair, with the places of its tokens.
  ///
  /// - Throws: `invalidArgument` for options that contradict each other, `invalidData` for a text that cannot
  ///   be cut as asked or has more than a half gigabyte, `outOfMemory`.
  public func encode(_ text: String, pair: String? = nil, options: EncodingOptions = EncodingOptions()) throws
    -> TokenizedText
  {
    try encode(bytes: Array(text.utf8), pair: pair.map { Array($0.utf8) }, options: options)
  }

  /// As above, for bytes that need not be UTF-8: what is not is read as U+FFFD.
  public func encode(bytes: [UInt8], pair: [UInt8]? = nil, options: EncodingOptions = EncodingOptions())
    throws
    -> TokenizedText
  {
    var options = options
    options.findsPlaces = true
    let packed = try PackedTokens()
    try bytes.withUnsafeBufferPointer { first in
      try (pair ?? []).withUnsafeBufferPointer { second in
        try withTextBlock(first) { texts in
          guard pair != nil else { return try encode(texts, options: options, into: packed) }
          try withTextBlock(second) { try encode(texts, pairs: $0, options: options, into: packed) }
        }
      }
    }
    var result = TokenizedText(packed, sequence: 0)
    for window in 1..<max(packed.count, 1) {
      result.windows.append(TokenizedText(packed, sequence: window))
    }
    return result
  }

  private func withTextBlock(_ bytes: UnsafeBufferPointer<UInt8>, _ body: (TextBlock) throws -> Void) throws {
    var empty: UInt8 = 0
    try withUnsafePointer(to: &empty) { empty in
      let offsets: [Int64] = [0, Int64(bytes.count)]
      try offsets.withUnsafeBufferPointer { offsets in
        guard let places = offsets.baseAddress else { return }
        try body(TextBlock(bytes: bytes.baseAddress ?? empty, offsets: places, count: 1))
      }
    }
  }

  /// Many texts, or pairs, on all workers. When `packed` and this tokenizer have met texts as long and as many
  /// before, nothing is allocated.
  ///
  /// - Parameters:
  ///   - pairs: the second text of each pair; as many as `texts`.
  ///   - packed: what it held is replaced.
  /// - Throws: as above; `invalidData` has the row (`location: "row 17"`).
  public func encode(
    _ texts: TextBlock, pairs: TextBlock? = nil, options: EncodingOptions = EncodingOptions(),
    into packed: PackedTokens
  ) throws {
    guard pairs == nil || pairs?.count == texts.count else {
      throw Failure.invalidArgument(
        "\(texts.count) texts have \(pairs?.count ?? 0) second texts; there must be as many", at: "pairs")
    }
    guard texts.count < Int(Int32.max) else {
      throw Failure.invalidArgument("\(texts.count) texts are more than \(Int32.max - 1)", at: "texts")
    }
    // Windows of both texts would be as many as the product of theirs.
    guard
      pairs == nil || !options.keepsWindows || options.maximumLength == nil
        || options.truncation != .longestFirst
    else {
      throw Failure.invalidArgument(
        "windows of pairs need the truncation onlyFirst or onlySecond", at: "truncation")
    }
    let assembler = try Assembler(processor, options)
    try packed.clear(findsPlaces: options.findsPlaces)
    let shards = WorkerPool.shards(of: texts.count, minimum: 16)
    guard shards.count > 1 else {
      return try encode(texts, pairs, 0..<texts.count, assembler, into: packed)
    }
    let failures = FirstFailure()
    let parts = try shards.map { _ in try encoders.takePart(findsPlaces: options.findsPlaces) }
    defer { for part in parts { encoders.give(part) } }
    WorkerPool.run(shards: shards.count) { shard in
      failures.catching { try encode(texts, pairs, shards[shard], assembler, into: parts[shard]) }
    }
    try failures.rethrow()
    try packed.join(parts)
  }

  /// Many texts, or pairs, into memory of their own.
  public func encode(
    _ texts: TextBlock, pairs: TextBlock? = nil, options: EncodingOptions = EncodingOptions()
  ) throws -> PackedTokens {
    let packed = try PackedTokens()
    try encode(texts, pairs: pairs, options: options, into: packed)
    return packed
  }

  private func encode(
    _ texts: TextBlock, _ pairs: TextBlock?, _ rows: Range<Int>, _ assembler: Assembler,
    into packed: PackedTokens
  ) throws {
    let findsPlaces = assembler.options.findsPlaces
    let encoder = try encoders.take(findsPlaces: findsPlaces, pipeline)
    defer { encoders.give(encoder, findsPlaces: findsPlaces) }
    var places = findsPlaces ? [try TextPlaces(self), try TextPlaces(self)] : []
    for row in rows {
      do {
        let first = texts.text(row)
        try encoder.encode(first, sequence: 0)
        if findsPlaces { try places[0].read(first) }
        if let second = pairs?.text(row) {
          try encoder.encode(second, sequence: 1)
          if findsPlaces { try places[1].read(second) }
        }
        let second = pairs == nil ? nil : encoder.tokens[1].list
        try assembler.assemble(encoder.tokens[0].list, second, places, number: row, into: packed)
      } catch let failure as Failure where failure.kind == .invalidData && failure.location.isEmpty {
        throw Failure.invalidData(failure.message, at: "row \(row)")
      }
    }
  }
}
