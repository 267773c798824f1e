import Platform

/// A tokenizer loaded from a Hugging Face directory. It converts texts to token numbers, equal to those of
/// the library that wrote the files. It is immutable and may be used by many threads at once.
///
///     let tokenizer = try Tokenizer.load(directory: "minilm")
///     tokenizer.encode("Fair enough.").ids   // [101, 4189, 2438, 1012, 102]
public final class Tokenizer: @unchecked Sendable {
  /// The special tokens by their roles: padding, mask …
  public let specialTokens: SpecialTokens
  /// The maximum number of tokens that the model accepts, if the files state it.
  public let maximumLength: Int?
  public let addedTokens: [AddedToken]
  /// The files from which the tokenizer was loaded, to be saved with a model.
  public let files: [TokenizerFile]

  let pipeline: Pipeline
  let processor: PostProcessor
  let decoding: [DecodingStep]
  /// For added tokens of normalized text: their normalized content, which is also used in decoding.
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

  /// The numbers of tokens are 0 ..< vocabularySize. A model's embedding table has at least this number of
  /// rows.
  public var vocabularySize: Int {
    addedTokens.reduce(pipeline.model.vocabulary.count) { max($0, $1.id + 1) }
  }

  public func id(of token: String) -> Int? { idsByContent[token] ?? pipeline.model.vocabulary.id(of: token) }

  /// The token as written in its file; nil for a number without a token.
  public func token(_ id: Int) -> String? { contentsByID[id]?.content ?? pipeline.model.vocabulary.token(id) }

  func addedToken(_ id: Int) -> AddedToken? { contentsByID[id] }

  /// The number of special tokens that are added to a text, or a pair.
  public func addedTokenCount(pair: Bool) -> Int { processor.addedTokens(pair: pair) }

  /// Encodes one text, or a pair, with the places of its tokens.
  ///
  /// - Throws: `invalidArgument` for contradictory options, `invalidData` for a text that cannot be truncated
  ///   as requested or has more than half a gigabyte, `outOfMemory`.
  public func encode(_ text: String, pair: String? = nil, options: EncodingOptions = EncodingOptions()) throws
    -> TokenizedText
  {
    try encode(bytes: Array(text.utf8), pair: pair.map { Array($0.utf8) }, options: options)
  }

  /// The same for bytes that may not be UTF-8; invalid bytes are read as U+FFFD.
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

  /// Encodes many texts, or pairs, on all workers. If `packed` and this tokenizer have processed texts of
  /// this length and number before, no memory is allocated.
  ///
  /// - Parameters:
  ///   - pairs: the second text of each pair; as many as `texts`.
  ///   - packed: out; earlier content is replaced.
  /// - Throws: as above; the location of `invalidData` is the row ("row 17").
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
    // With windows for both texts, the number of sequences would be the product of both numbers.
    guard
      pairs == nil || !options.keepsWindows || options.maximumLength == nil
        || options.truncation != .longestFirst
    else {
      throw Failure.invalidArgument(
        "windows of pairs need the truncation onlyFirst or onlySecond", at: "truncation")
    }
    let assembler = try Assembler(processor, options)
    try packed.clear(findsPlaces: options.findsPlaces)
    let shards = max(1, min(WorkerPool.threads, texts.count / 16))
    guard shards > 1 else {
      return try encode(texts, pairs, 0..<texts.count, assembler, into: packed)
    }
    try encoders.prepare(shards, findsPlaces: options.findsPlaces, pipeline)
    try packed.encodeParts(shards, findsPlaces: options.findsPlaces) { shard, part in
      let rows = texts.count * shard / shards..<texts.count * (shard + 1) / shards
      try encode(texts, pairs, rows, assembler, into: part)
    }
  }

  /// Encodes many texts, or pairs, into new memory.
  public func encode(
    _ texts: TextBlock, pairs: TextBlock? = nil, options: EncodingOptions = EncodingOptions()
  ) throws -> PackedTokens {
    let packed = try PackedTokens()
    try encode(texts, pairs: pairs, options: options, into: packed)
    packed.releaseParts()
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
