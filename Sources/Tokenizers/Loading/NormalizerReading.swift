import Platform
import TextKernels

extension NormalizingStep {
  /// The steps defined by "normalizer"; none for null.
  static func read(_ field: ModelField) throws -> [NormalizingStep] {
    guard !field.isNull else { return [] }
    let kind = try field.member("type").string()
    switch kind {
    case "Sequence":
      var steps: [NormalizingStep] = []
      for part in try field.member("normalizers").elements() { steps += try read(part) }
      return steps
    case "BertNormalizer":
      let lowercase = try field.member("lowercase").bool(default: true)
      return [
        .bert(
          cleans: try field.member("clean_text").bool(default: true),
          spacesIdeographs: try field.member("handle_chinese_chars").bool(default: true),
          stripsAccents: try field.member("strip_accents").bool(default: lowercase), lowercase: lowercase)
      ]
    case "NFC": return [.form(FORM_NFC)]
    case "NFD": return [.form(FORM_NFD)]
    case "NFKC": return [.form(FORM_NFKC)]
    case "NFKD": return [.form(FORM_NFKD)]
    case "Lowercase": return [.characters(CHARACTERS_LOWERCASE)]
    case "StripAccents": return [.characters(CHARACTERS_WITHOUT_MARKS)]
    case "Nmt": return [.characters(CHARACTERS_NMT)]
    case "Strip":
      return [
        .strip(
          left: try field.member("strip_left").bool(default: true),
          right: try field.member("strip_right").bool(default: true))
      ]
    case "Prepend": return [.prepend(try field.member("prepend").bytes())]
    case "Precompiled":
      let blob = field.member("precompiled_charsmap")
      return [.mapped(try CharacterMap(base64(try blob.string(), at: blob), at: blob))]
    case "Replace":
      let content = try field.member("content").bytes()
      let pattern = field.member("pattern")
      if let literal = pattern.value["String"]?.string {
        return [.replace(try Buffer(copying: Array(literal.utf8)), with: content)]
      }
      let expression = pattern.member("Regex")
      if try expression.string() == CharacterRun.spacesAndLineEnds, content.elements.elementsEqual([32]) {
        return try [.replaceRuns(CharacterRun(space: 2), with: content)]
          + [10, 13, 9].map { .replace(try Buffer(copying: [$0]), with: content) }
      }
      // Runs need no general engine.
      if let run = CharacterRun(expression: try expression.string()) {
        return [.replaceRuns(run, with: content)]
      }
      return [.replaceMatches(try RegularExpression(expression), with: content)]
    // Later steps work on bytes; see PreTokenizingStep.
    case "ByteLevel": return []
    default:
      throw field.member("type").unsupported("the normalizer \"\(kind)\" is not supported")
    }
  }

  static func bert(cleans: Bool, spacesIdeographs: Bool, stripsAccents: Bool, lowercase: Bool)
    -> NormalizingStep
  {
    var bits = bert_bits(0).rawValue
    if cleans { bits |= BERT_CLEAN.rawValue }
    if spacesIdeographs { bits |= BERT_IDEOGRAPH.rawValue }
    if stripsAccents { bits |= BERT_STRIP.rawValue }
    if lowercase { bits |= BERT_LOWERCASE.rawValue }
    return .bert(bits)
  }
}

extension CharacterRun {
  /// The expression of DeBERTa's tokenizer in transformers. Its two alternatives can be replaced one after
  /// the other, because the second cannot match the space that the first inserts.
  static let spacesAndLineEnds = #"\s{2,}|[\n\r\t]"#

  init(space least: Int) {
    characterClass = UInt8(CHARACTER_SPACE.rawValue)
    self.least = least
  }

  /// Parses `c`, `c+` and `c{n,}`, where c is a character, an escaped one, \s or \d, optionally in brackets.
  init?(expression: String) {
    var rest = Array(expression.unicodeScalars)[...]
    let bracketed = rest.first == "["
    if bracketed { rest = rest.dropFirst() }
    guard let first = rest.popFirst() else { return nil }
    if first == "\\" {
      guard let escaped = rest.popFirst() else { return nil }
      switch escaped {
      case "s": characterClass = UInt8(CHARACTER_SPACE.rawValue)
      case "n": character = 10
      case "r": character = 13
      case "t": character = 9
      case _ where escaped.properties.isAlphabetic || escaped.properties.numericType != nil: return nil
      default: character = Int32(escaped.value)
      }
    } else {
      guard !".^$*+?()[]{}|".unicodeScalars.contains(first) else { return nil }
      character = Int32(first.value)
    }
    if bracketed {
      guard rest.popFirst() == "]" else { return nil }
    }
    if rest.isEmpty {
      // A pattern for single characters is not a run.
      return nil
    }
    if rest.count == 1, rest.first == "+" { return }
    guard rest.popFirst() == "{", rest.popLast() == "}", rest.popLast() == ",", rest.count <= 6,
      let least = Int(String(String.UnicodeScalarView(rest))), least >= 1
    else { return nil }
    self.least = least
  }
}

extension ModelField {
  func bytes() throws -> Buffer<UInt8> { try Buffer(copying: Array(try string().utf8)) }
}

/// Decodes base64 text (RFC 4648, section 4).
func base64(_ text: String, at field: ModelField) throws -> [UInt8] {
  var (bytes, bits, held): ([UInt8], UInt32, UInt32) = ([], 0, 0)
  for byte in text.utf8 {
    let digit: UInt8
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = byte - 65
    case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - 71
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte + 4
    case UInt8(ascii: "+"): digit = 62
    case UInt8(ascii: "/"): digit = 63
    case UInt8(ascii: "="): continue
    default: throw field.invalid("the text is not base64")
    }
    bits = bits << 6 | UInt32(digit)
    held += 6
    if held >= 8 {
      held -= 8
      bytes.append(UInt8(truncatingIfNeeded: bits >> held))
    }
  }
  return bytes
}
