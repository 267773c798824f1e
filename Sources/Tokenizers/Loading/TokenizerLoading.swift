import Platform
import TextKernels

extension Tokenizer {
  /// Reads the tokenizer of a Hugging Face directory: tokenizer.json, or otherwise vocab.txt (WordPiece) or
  /// vocab.json and merges.txt (byte-level BPE of GPT-2 or RoBERTa), with the settings in
  /// tokenizer_config.json and special_tokens_map.json.
  ///
  /// - Throws: `invalidModel` for invalid files, `unsupported` for features that are not implemented; the
  ///   location is the JSON pointer, `file:line` or the file. `io`, `outOfMemory`.
  public static func load(directory: String) throws -> Tokenizer { try load(.directory(directory)) }

  /// The same for files that may be in memory.
  public static func load(_ all: FileSet) throws -> Tokenizer {
    let files = try TokenizerFile.read(all)
    do { return try load(files: files) } catch let failure as Failure
      where failure.kind == .invalidModel || failure.kind == .unsupported
    {
      throw Failure(failure.kind, all.path(of: failure.message), at: failure.location)
    }
  }

  /// The same for files that were already read.
  public static func load(files: [TokenizerFile]) throws -> Tokenizer {
    func file(_ name: String) -> TokenizerFile? { files.first { $0.name == name } }
    let settings = try TokenizerSettings(
      configuration: file("tokenizer_config.json")?.json(), specials: file("special_tokens_map.json")?.json())
    let parts: TokenizerParts
    if let json = file("tokenizer.json") {
      parts = try TokenizerParts(json: json.json())
    } else if let vocabulary = file("vocab.txt") {
      parts = try TokenizerParts(wordPiece: vocabulary, settings)
    } else if let vocabulary = file("vocab.json"), let merges = file("merges.txt") {
      parts = try TokenizerParts(
        pairs: vocabulary, merges: merges, added: file("added_tokens.json")?.json(), settings)
    } else {
      throw Failure(
        .invalidModel,
        "there is no tokenizer: tokenizer.json, or vocab.txt, or vocab.json and merges.txt, is needed",
        at: "tokenizer.json")
    }
    return try parts.tokenizer(settings, files)
  }
}

/// The parts of a tokenizer while it is loaded.
struct TokenizerParts {
  var normalizing: [NormalizingStep] = []
  var preTokenizing: [PreTokenizingStep] = []
  var model: TokenModel
  var processor = PostProcessor()
  var decoding: [DecodingStep] = []
  var addedTokens: [AddedToken] = []
  /// The file, for errors about added tokens.
  var field: ModelField

  /// Reads a tokenizer.json.
  init(json: ModelField) throws {
    field = json.member("added_tokens")
    _ = try json.members()
    var isByteLevel = try Self.normalizesToBytes(json)
    normalizing = try NormalizingStep.read(json.member("normalizer"))
    preTokenizing = try PreTokenizingStep.read(json.member("pre_tokenizer"), isByteLevel: &isByteLevel)
    model = try TokenModel.read(json.member("model"), isByteLevel: isByteLevel)
    processor = try PostProcessor.read(json.member("post_processor"))
    decoding = try DecodingStep.read(json.member("decoder"))
    guard !field.isNull else { return }
    for entry in try field.elements() {
      let content = try entry.member("content").string()
      let id = try entry.member("id").int(in: 0...Vocabulary.greatestID)
      addedTokens.append(try AddedToken(entry, content: content, id: id))
    }
  }

  /// Whether the last normalizer is ByteLevel; later steps must then not interpret characters.
  private static func normalizesToBytes(_ json: ModelField) throws -> Bool {
    let normalizer = json.member("normalizer")
    let steps = normalizer.value["normalizers"]?.array ?? [normalizer.value]
    guard steps.contains(where: { $0["type"]?.string == "ByteLevel" }) else { return false }
    guard steps.last?["type"]?.string == "ByteLevel", json.member("pre_tokenizer").isNull else {
      throw normalizer.unsupported(
        "the normalizer ByteLevel is supported as the last one, and without a pre-tokenizer")
    }
    return true
  }

  /// Builds the tokenizer.
  ///
  /// - Throws: `invalidModel` for an added token with the number of another token.
  func tokenizer(_ settings: TokenizerSettings, _ files: [TokenizerFile]) throws -> Tokenizer {
    let vocabulary = model.vocabulary
    var added: [AddedToken] = []
    for (index, token) in addedTokens.enumerated() where !token.content.isEmpty {
      guard !added.contains(where: { $0.content == token.content }) else { continue }
      // The number in the model's vocabulary takes precedence over the list.
      var token = token
      if let own = vocabulary.id(of: token.content) { token.id = own }
      let other = added.first { $0.id == token.id }?.content
      guard other == nil else {
        throw field.element(index).invalid(
          "\"\(token.content)\" and \"\(other ?? "")\" have the same number \(token.id)")
      }
      if let own = vocabulary.token(token.id), own != token.content {
        throw field.element(index).invalid(
          "\"\(token.content)\" has the number \(token.id), which is that of \"\(own)\" in the vocabulary")
      }
      added.append(token)
    }
    let size = added.reduce(vocabulary.count) { max($0, $1.id + 1) }
    for id in processor.specialIDs where id >= size {
      throw Failure(
        .invalidModel, "\(field.file): /post_processor: the number \(id) is none of the \(size) tokens",
        at: "/post_processor")
    }
    let raw = added.filter { !$0.isNormalized || normalizing.isEmpty }
    let normalized = added.filter { $0.isNormalized && !normalizing.isEmpty }
    let contents = try normalized.map { try normalizedBytes($0.content) }
    let pipeline = Pipeline(
      rawTokens: try AddedTokenFinder(raw, contents: raw.map { Array($0.content.utf8) }, at: field),
      normalizedTokens: try AddedTokenFinder(normalized, contents: contents, at: field),
      normalizing: normalizing, preTokenizing: preTokenizing, model: model)
    func id(_ name: String) -> Int? { added.first { $0.content == name }?.id ?? vocabulary.id(of: name) }
    return Tokenizer(
      pipeline, processor, decoding, addedTokens: added,
      normalizedContents: Dictionary(uniqueKeysWithValues: zip(normalized.map(\.id), contents)),
      specialTokens: settings.specialTokens(unknown: model.unknown, id),
      maximumLength: settings.maximumLength,
      files: files)
  }

  private func normalizedBytes(_ content: String) throws -> [UInt8] {
    var memory = WorkingMemory()
    var bytes = Array(content.utf8)
    for step in normalizing {
      let room = try step.room(for: bytes.count) + 16
      let made = try Buffer<UInt8>(count: room, for: "an added token")
      let count = try bytes.withUnsafeMutableBufferPointer { source -> Int in
        guard let base = source.baseAddress else { return 0 }
        let text = aligned_text(bytes: base, from: nil, to: nil, count: source.count)
        var target = aligned_text(bytes: made.pointer, from: nil, to: nil, count: 0)
        try step.apply(text, &target, &memory)
        return target.count
      }
      bytes = Array(made.array.prefix(count))
    }
    return bytes
  }
}

extension AddedToken {
  init(_ field: ModelField, content: String, id: Int) throws {
    self.init(content: content, id: id)
    isSpecial = try field.member("special").bool(default: false)
    stripsLeft = try field.member("lstrip").bool(default: false)
    stripsRight = try field.member("rstrip").bool(default: false)
    isSingleWord = try field.member("single_word").bool(default: false)
    isNormalized = try field.member("normalized").bool(default: !isSpecial)
  }
}
