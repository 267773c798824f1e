import Platform

extension TokenizerParts {
  /// Reads a vocab.txt with one token per line: BERT's WordPiece.
  init(wordPiece file: TokenizerFile, _ settings: TokenizerSettings) throws {
    let field = ModelField(.null, file: file.name)
    self.field = field
    var tokens: [(token: String, id: Int)] = []
    for (number, line) in try file.lines().enumerated() { tokens.append((line, number)) }
    let vocabulary = try Vocabulary(tokens, at: field)
    let defaults = [
      "unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
      "mask_token": "[MASK]",
    ]
    func special(_ part: String) throws -> Int {
      let name = settings.content(part) ?? defaults[part] ?? ""
      guard let id = vocabulary.id(of: name) else {
        throw field.invalid("the special token \"\(name)\" (\(part)) is not in the vocabulary")
      }
      return id
    }
    model = try .wordPiece(
      vocabulary, unknown: special("unk_token"), prefix: "##", longestWord: 100, at: field)
    let lowercase = try settings.bool("do_lower_case", default: true)
    normalizing = [
      .bert(
        cleans: true, spacesIdeographs: try settings.bool("tokenize_chinese_chars", default: true),
        stripsAccents: try settings.bool("strip_accents", default: lowercase), lowercase: lowercase)
    ]
    preTokenizing = [.bert]
    let first = Int32(truncatingIfNeeded: try special("cls_token"))
    let last = Int32(truncatingIfNeeded: try special("sep_token"))
    processor.single = [.special(ids: [first], type: 0), .text(0, type: 0), .special(ids: [last], type: 0)]
    processor.pair = processor.single + [.text(1, type: 1), .special(ids: [last], type: 1)]
    decoding = [.wordPiece(prefix: Array("##".utf8), cleansUp: true)]
    addedTokens = try settings.addedTokens(defaults) { vocabulary.id(of: $0) }
  }

  /// Reads vocab.json and merges.txt: byte-level BPE. It has RoBERTa's special tokens if the files name a
  /// "cls_token" or RoBERTa's class, otherwise none, as GPT-2.
  init(
    pairs file: TokenizerFile, merges mergesFile: TokenizerFile, added: ModelField?,
    _ settings: TokenizerSettings
  ) throws {
    let json = try file.json()
    field = json
    let numbered: [(token: String, id: Int)] = try json.members().map { member in
      guard let id = member.value.int else {
        throw json.invalid("the number of \"\(member.key)\" is \(member.value.kindName)")
      }
      return (member.key, id)
    }
    let vocabulary = try Vocabulary(numbered, isByteLevel: true, at: json)
    var merges: [(left: String, right: String)] = []
    for (number, line) in try mergesFile.lines().enumerated() {
      if line.isEmpty || (number == 0 && line.hasPrefix("#version")) { continue }
      let place = "\(mergesFile.name):\(number + 1)"
      merges.append(
        try TokenModel.merge(line) { Failure(.invalidModel, "\(place): \($0)", at: place) })
    }
    let isRoberta =
      settings.content("cls_token") != nil || settings.tokenizerClass.map { $0 == "RobertaTokenizer" } == true
    let defaults =
      isRoberta
      ? [
        "unk_token": "<unk>", "sep_token": "</s>", "pad_token": "<pad>", "cls_token": "<s>",
        "mask_token": "<mask>", "bos_token": "<s>", "eos_token": "</s>",
      ]
      : ["unk_token": "<|endoftext|>", "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"]
    model = try .pairEncoding(vocabulary, merges: merges, PairEncodingSettings(), at: json)
    let spaced = try settings.bool("add_prefix_space", default: false)
    preTokenizing = (spaced ? [.spaceBefore] : []) + [.pattern(.gpt2)]
    processor.trimming = PostProcessor.Trimming(addsPrefixSpace: spaced)
    decoding = [.byteLevel]
    let extra: [String: Int] = try Self.numbers(added)
    let number: (String) -> Int? = { vocabulary.id(of: $0) ?? extra[$0] }
    addedTokens = try settings.addedTokens(defaults, number)
    for (content, id) in extra.sorted(by: { $0.value < $1.value }) {
      addedTokens.append(AddedToken(content: content, id: id))
    }
    guard isRoberta else { return }
    func special(_ part: String) throws -> Int32 {
      let name = settings.content(part) ?? defaults[part] ?? ""
      guard let id = number(name) else {
        throw json.invalid("the special token \"\(name)\" (\(part)) is not in the vocabulary")
      }
      return Int32(truncatingIfNeeded: id)
    }
    processor.useRoberta(first: try special("cls_token"), last: try special("sep_token"))
    // The mask token includes the space before it.
    if settings.token("mask_token")?.value.members == nil,
      let mask = addedTokens.firstIndex(where: { $0.content == settings.content("mask_token") ?? "<mask>" })
    {
      addedTokens[mask].stripsLeft = true
    }
  }

  private static func numbers(_ field: ModelField?) throws -> [String: Int] {
    var numbers: [String: Int] = [:]
    for member in try field?.members() ?? [] {
      guard let id = member.value.int, (0...Vocabulary.greatestID).contains(id) else {
        throw field?.invalid("\"\(member.key)\" has no number") ?? Failure.internal("no file")
      }
      numbers[member.key] = id
    }
    return numbers
  }
}
