import Platform

/// The settings in tokenizer_config.json and special_tokens_map.json.
struct TokenizerSettings {
  private let configuration: ModelField
  private let specials: ModelField
  let maximumLength: Int?

  init(configuration: ModelField?, specials: ModelField?) throws {
    self.configuration = configuration ?? ModelField(.null, file: "tokenizer_config.json")
    self.specials = specials ?? ModelField(.null, file: "special_tokens_map.json")
    // "No limit" is written as a number too large for an integer.
    let maximum = self.configuration.member("model_max_length").value.int ?? 0
    maximumLength = (1..<1 << 24).contains(maximum) ? maximum : nil
  }

  /// The class from which the tokenizer was saved, without the suffix "Fast".
  var tokenizerClass: String? {
    guard let name = configuration.member("tokenizer_class").value.string else { return nil }
    return name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
  }

  func bool(_ name: String, default absent: Bool) throws -> Bool {
    try configuration.member(name).bool(default: absent)
  }

  /// The token with a role such as "cls_token": a text, or an object with its content.
  func token(_ part: String) -> ModelField? {
    for field in [configuration.member(part), specials.member(part)] where !field.isNull { return field }
    return nil
  }

  func content(_ part: String) -> String? {
    let value = token(part)?.value
    return value?.string ?? value?["content"]?.string
  }

  static let parts = [
    "unk_token", "sep_token", "pad_token", "cls_token", "mask_token", "bos_token", "eos_token",
  ]

  /// Special tokens with their numbers; `fallback` is used for roles that the files do not name.
  func addedTokens(_ fallback: [String: String], _ id: (String) -> Int?) throws -> [AddedToken] {
    var added: [AddedToken] = []
    for part in Self.parts {
      guard let content = content(part) ?? fallback[part], let id = id(content) else { continue }
      var token = AddedToken(content: content, id: id)
      if let field = self.token(part), field.value.members != nil {
        token = try AddedToken(field, content: content, id: id)
      }
      token.isSpecial = true
      token.isNormalized = false
      added.append(token)
    }
    if let additional = specials.member("additional_special_tokens").value.array
      ?? configuration.member("additional_special_tokens").value.array
    {
      for value in additional {
        guard let content = value.string ?? value["content"]?.string, let id = id(content) else { continue }
        var token = AddedToken(content: content, id: id)
        token.isSpecial = true
        added.append(token)
      }
    }
    return added
  }

  /// The special tokens by their roles in the files, or otherwise by their usual names.
  func specialTokens(unknown: Int?, _ id: (String) -> Int?) -> SpecialTokens {
    func find(_ part: String, _ usual: [String]) -> Int? {
      if let content = content(part) { return id(content) }
      for name in usual { if let found = id(name) { return found } }
      return nil
    }
    var tokens = SpecialTokens()
    tokens.padding = find("pad_token", ["[PAD]", "<pad>"])
    tokens.unknown = find("unk_token", []) ?? unknown
    tokens.classification = find("cls_token", ["[CLS]"])
    tokens.separator = find("sep_token", ["[SEP]"])
    tokens.mask = find("mask_token", ["[MASK]", "<mask>"])
    tokens.beginning = find("bos_token", ["<s>"])
    tokens.end = find("eos_token", ["</s>", "<|endoftext|>"])
    return tokens
  }
}
