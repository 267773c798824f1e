import Platform

extension TokenModel {
  /// The model defined by "model".
  ///
  /// - Parameter isByteLevel: whether words are bytes.
  static func read(_ field: ModelField, isByteLevel: Bool) throws -> TokenModel {
    let kind = try modelKind(field)
    guard !isByteLevel || kind == "BPE" else {
      throw field.member("type").unsupported(
        "\"\(kind)\" behind the pre-tokenizer ByteLevel is not supported; BPE is")
    }
    switch kind {
    case "WordPiece": return try readWordPiece(field)
    case "WordLevel":
      let vocabulary = try readVocabulary(field.member("vocab"))
      return wordLevel(vocabulary, unknown: try token(field.member("unk_token"), in: vocabulary))
    case "BPE": return try readPairs(field, isByteLevel: isByteLevel)
    case "Unigram": return try readUnigram(field)
    default:
      throw field.member("type").unsupported(
        "the model \"\(kind)\" is not supported; WordPiece, WordLevel, BPE and Unigram are")
    }
  }

  /// The type of the model; old files do not state it.
  private static func modelKind(_ field: ModelField) throws -> String {
    if let kind = try field.member("type").stringIfPresent() { return kind }
    if !field.member("merges").isNull { return "BPE" }
    if field.member("vocab").value.array != nil { return "Unigram" }
    return field.member("max_input_chars_per_word").isNull ? "WordLevel" : "WordPiece"
  }

  private static func readVocabulary(_ field: ModelField, isByteLevel: Bool = false) throws -> Vocabulary {
    var tokens: [(token: String, id: Int)] = []
    for member in try field.members() {
      guard let id = member.value.int else {
        throw field.invalid("the number of \"\(member.key)\" is \(member.value.kindName)")
      }
      tokens.append((member.key, id))
    }
    return try Vocabulary(tokens, isByteLevel: isByteLevel, at: field)
  }

  /// The number of the token that a field names; nil if it names none, or one that is not in the vocabulary.
  private static func token(_ field: ModelField, in vocabulary: Vocabulary) throws -> Int? {
    guard let token = try field.stringIfPresent() else { return nil }
    return vocabulary.id(of: token)
  }

  private static func readWordPiece(_ field: ModelField) throws -> TokenModel {
    let vocabulary = try readVocabulary(field.member("vocab"))
    let unknown = try field.member("unk_token").stringIfPresent() ?? "[UNK]"
    guard let id = vocabulary.id(of: unknown) else {
      throw field.member("unk_token").invalid("the unknown token \"\(unknown)\" is not in the vocabulary")
    }
    let longest = field.member("max_input_chars_per_word")
    return try wordPiece(
      vocabulary, unknown: id,
      prefix: try field.member("continuing_subword_prefix").stringIfPresent() ?? "##",
      longestWord: longest.isNull ? 100 : try longest.int(in: 0...Int(Int32.max)), at: field)
  }

  private static func readPairs(_ field: ModelField, isByteLevel: Bool) throws -> TokenModel {
    let vocabulary = try readVocabulary(field.member("vocab"), isByteLevel: isByteLevel)
    var merges: [(left: String, right: String)] = []
    for merge in try field.member("merges").elements() {
      if let parts = merge.value.array, parts.count == 2, let left = parts[0].string,
        let right = parts[1].string
      {
        merges.append((left, right))
      } else if let line = merge.value.string {
        merges.append(try Self.merge(line) { merge.invalid($0) })
      } else {
        throw merge.invalid("\(merge.value.kindName) stands where a pair of tokens should")
      }
    }
    var settings = PairEncodingSettings()
    settings.unknown = try token(field.member("unk_token"), in: vocabulary)
    settings.continuingPrefix = try field.member("continuing_subword_prefix").stringIfPresent() ?? ""
    settings.wordSuffix = try field.member("end_of_word_suffix").stringIfPresent() ?? ""
    settings.fusesUnknown = try field.member("fuse_unk").bool(default: false)
    settings.fallsBackToBytes = try field.member("byte_fallback").bool(default: false)
    settings.takesWholeWords = try field.member("ignore_merges").bool(default: false)
    return try pairEncoding(vocabulary, merges: merges, settings, at: field)
  }

  /// The two tokens of a line, separated by one space.
  static func merge(_ line: String, _ failure: (String) -> Failure) throws -> (left: String, right: String) {
    let parts = line.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
      throw failure("\"\(line)\" is not two tokens with a space between them")
    }
    return (String(parts[0]), String(parts[1]))
  }

  private static func readUnigram(_ field: ModelField) throws -> TokenModel {
    var tokens: [(token: String, id: Int)] = []
    var scores: [Double] = []
    for entry in try field.member("vocab").elements() {
      guard let parts = entry.value.array, parts.count == 2, let token = parts[0].string,
        let score = parts[1].double
      else { throw entry.invalid("\(entry.value.kindName) stands where a token and its score should") }
      tokens.append((token, scores.count))
      scores.append(score)
    }
    let vocabulary = try Vocabulary(tokens, at: field.member("vocab"))
    let unknown = field.member("unk_id")
    guard !unknown.isNull else {
      throw unknown.unsupported("a Unigram model without \"unk_id\" is not supported")
    }
    return try unigram(
      vocabulary, scores: scores, unknown: try unknown.int(in: 0...(vocabulary.count - 1)),
      fallsBackToBytes: try field.member("byte_fallback").bool(default: false), at: field)
  }
}
