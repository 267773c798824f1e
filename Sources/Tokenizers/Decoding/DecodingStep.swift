/// One step of converting tokens to text. Tokens are bytes here, since a token may end inside a character.
enum DecodingStep: Sendable {
  case wordPiece(prefix: [UInt8], cleansUp: Bool)
  case byteLevel
  case metaspace(mark: [UInt8], dropsFirst: Bool)
  case pairs(suffix: [UInt8])
  case byteFallback
  case fuse
  case strip([UInt8], start: Int, stop: Int)
  case replace([UInt8], with: [UInt8])

  func apply(_ tokens: [[UInt8]]) -> [[UInt8]] {
    switch self {
    case .wordPiece(let prefix, let cleansUp):
      return tokens.enumerated().map { index, token in
        var token = token
        if index > 0 {
          let continues = token.starts(with: prefix)
          token = continues ? Array(token.dropFirst(prefix.count)) : [0x20] + token
        }
        return cleansUp ? Self.cleanedUp(token) : token
      }
    case .byteLevel:
      var bytes: [UInt8] = []
      for token in tokens {
        var own: [UInt8] = []
        for scalar in String(decoding: token, as: UTF8.self).unicodeScalars {
          guard let byte = ByteAlphabet.byte(scalar) else {
            own = token
            break
          }
          own.append(byte)
        }
        bytes += own
      }
      return [bytes]
    case .metaspace(let mark, let dropsFirst):
      return tokens.enumerated().map { index, token in
        token.replacing(mark, with: index == 0 && dropsFirst ? [] : [0x20])
      }
    case .pairs(let suffix):
      return tokens.enumerated().map { index, token in
        token.replacing(suffix, with: index == tokens.count - 1 ? [] : [0x20])
      }
    case .byteFallback: return Self.joiningBytes(tokens)
    case .fuse: return [Array(tokens.joined())]
    case .strip(let content, let start, let stop):
      return tokens.map { token in
        var rest = token[...]
        for _ in 0..<start where rest.starts(with: content) { rest = rest.dropFirst(content.count) }
        for _ in 0..<stop where rest.reversed().starts(with: content.reversed()) {
          rest = rest.dropLast(content.count)
        }
        return Array(rest)
      }
    case .replace(let pattern, let content): return tokens.map { $0.replacing(pattern, with: content) }
    }
  }

  /// Removes the spaces before English punctuation and contractions.
  private static func cleanedUp(_ token: [UInt8]) -> [UInt8] {
    let rules = [
      (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
      (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ]
    return rules.reduce(token) { $0.replacing(Array($1.0.utf8), with: Array($1.1.utf8)) }
  }

  /// Converts runs of <0x00> … <0xFF> to their bytes if these are UTF-8; otherwise to one U+FFFD for each.
  private static func joiningBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var (made, run): ([[UInt8]], [UInt8]) = ([], [])
    func endRun() {
      guard !run.isEmpty else { return }
      let text = String(validating: run, as: UTF8.self)
      made += text.map { [Array($0.utf8)] } ?? run.map { _ in Array("\u{FFFD}".utf8) }
      run = []
    }
    for token in tokens {
      if let byte = byte(token) {
        run.append(byte)
      } else {
        endRun()
        made.append(token)
      }
    }
    endRun()
    return made
  }

  private static func byte(_ token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token[5] == UInt8(ascii: ">") else { return nil }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }
}

extension [UInt8] {
  /// Replaces each occurrence of `pattern`, from the left.
  func replacing(_ pattern: [UInt8], with content: [UInt8]) -> [UInt8] {
    guard !pattern.isEmpty else { return self }
    var (made, rest): ([UInt8], ArraySlice<UInt8>) = ([], self[...])
    while let first = rest.first {
      if rest.starts(with: pattern) {
        made += content
        rest = rest.dropFirst(pattern.count)
      } else {
        made.append(first)
        rest = rest.dropFirst()
      }
    }
    return made
  }
}

extension Tokenizer {
  /// The text of tokens; unknown numbers are skipped.
  ///
  /// - Parameter skipsSpecialTokens: whether special tokens such as [CLS] and <s> are omitted.
  public func decode(_ ids: some Sequence<Int32>, skipsSpecialTokens: Bool = true) -> String {
    var tokens: [[UInt8]] = []
    for id in ids {
      if skipsSpecialTokens, addedToken(Int(id))?.isSpecial == true { continue }
      if let content = normalizedContents[Int(id)] {
        tokens.append(content)
      } else if let token = token(Int(id)) {
        tokens.append(Array(token.utf8))
      }
    }
    guard !decoding.isEmpty else {
      return String(decoding: Array(tokens.joined(separator: [0x20])), as: UTF8.self)
    }
    for step in decoding { tokens = step.apply(tokens) }
    return String(decoding: Array(tokens.joined()), as: UTF8.self)
  }
}
