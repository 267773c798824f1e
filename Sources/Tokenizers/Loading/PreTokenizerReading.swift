import Platform
import TextKernels

extension PreTokenizingStep {
  /// The steps defined by "pre_tokenizer", and whether words are bytes after them.
  static func read(_ field: ModelField, isByteLevel: inout Bool) throws -> [PreTokenizingStep] {
    guard !field.isNull else { return [] }
    let kind = try field.member("type").string()
    guard !isByteLevel || kind == "Sequence" else {
      throw field.unsupported("\"\(kind)\" after the pre-tokenizer ByteLevel is not supported")
    }
    switch kind {
    case "Sequence":
      var steps: [PreTokenizingStep] = []
      for part in try field.member("pretokenizers").elements() {
        steps += try read(part, isByteLevel: &isByteLevel)
      }
      return steps
    case "BertPreTokenizer": return [.bert]
    case "Whitespace": return [.plainWords]
    case "WhitespaceSplit":
      return [.characters(UInt8(CHARACTER_SPACE.rawValue), inverted: false, MATCH_REMOVED)]
    case "Punctuation":
      let behavior = field.member("behavior")
      return [
        .characters(
          UInt8(CHARACTER_PUNCTUATION.rawValue), inverted: false,
          behavior.isNull ? MATCH_ISOLATED : try match_behavior(behavior))
      ]
    case "Digits":
      let each = try field.member("individual_digits").bool(default: false)
      return [
        .characters(
          UInt8(CHARACTER_NUMBER.rawValue), inverted: false, each ? MATCH_ISOLATED : MATCH_CONTIGUOUS)
      ]
    case "CharDelimiterSplit":
      return [.literal(try field.member("delimiter").bytes(), inverted: false, MATCH_REMOVED)]
    case "ByteLevel":
      isByteLevel = true
      let spaced = try field.member("add_prefix_space").bool(default: true)
      let splits = try field.member("use_regex").bool(default: true)
      return (spaced ? [.spaceBefore] : []) + (splits ? [.pattern(byte_level_pattern.gpt2)] : [])
    case "Metaspace": return [try metaspace(field)]
    case "Split": return [try split(field)]
    default:
      throw field.member("type").unsupported("the pre-tokenizer \"\(kind)\" is not supported")
    }
  }

  private static func metaspace(_ field: ModelField) throws -> PreTokenizingStep {
    let mark = field.member("replacement")
    let scheme = field.member("prepend_scheme")
    var prepending = Prepending.always
    if let name = try scheme.stringIfPresent() {
      guard let named = Prepending(rawValue: name) else {
        throw scheme.invalid("\"\(name)\" is none of always, first, never")
      }
      prepending = named
    } else if try !field.member("add_prefix_space").bool(default: true) {
      prepending = .never
    }
    return .metaspace(
      try Buffer(copying: Array(try mark.stringIfPresent() ?? "▁").flatMap { Array($0.utf8) }), prepending,
      splits: try field.member("split").bool(default: true))
  }

  private static func split(_ field: ModelField) throws -> PreTokenizingStep {
    let behavior = try match_behavior(field.member("behavior"))
    let inverted = try field.member("invert").bool(default: false)
    let pattern = field.member("pattern")
    if let literal = pattern.value["String"]?.string {
      return .literal(try Buffer(copying: Array(literal.utf8)), inverted: inverted, behavior)
    }
    let expression = pattern.member("Regex")
    let text = try expression.string()
    // The known patterns match every character, so isolating the matches and removing the text between them give
    // the same result.
    let isolates = (behavior == MATCH_ISOLATED && !inverted) || (behavior == MATCH_REMOVED && inverted)
    if isolates, let known = byte_level_pattern.known(text) { return .pattern(known) }
    if text == "\\s+", behavior == MATCH_REMOVED, !inverted {
      return .characters(UInt8(CHARACTER_SPACE.rawValue), inverted: false, MATCH_REMOVED)
    }
    return .expression(try RegularExpression(expression), inverted: inverted, behavior)
  }

  private static func match_behavior(_ field: ModelField) throws -> TextKernels.match_behavior {
    let name = try field.string()
    switch name.lowercased() {
    case "removed": return MATCH_REMOVED
    case "isolated": return MATCH_ISOLATED
    case "contiguous": return MATCH_CONTIGUOUS
    case "mergedwithprevious", "merged_with_previous": return MATCH_MERGED_WITH_PREVIOUS
    case "mergedwithnext", "merged_with_next": return MATCH_MERGED_WITH_NEXT
    default:
      throw field.invalid(
        "\"\(name)\" is none of Removed, Isolated, Contiguous, MergedWithPrevious, MergedWithNext")
    }
  }
}

extension byte_level_pattern {
  static let gpt2 = byte_level_pattern(
    any_case: false, any_lead: false, most_digits: 0, takes_newlines: false)

  /// A pattern of word_scanning.h by its text.
  static func known(_ text: String) -> byte_level_pattern? {
    let ends = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    let begins = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"#
    switch text {
    case #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#: return gpt2
    case begins + "{1,3}" + ends:
      return byte_level_pattern(any_case: true, any_lead: true, most_digits: 3, takes_newlines: true)
    case begins + ends:
      return byte_level_pattern(any_case: true, any_lead: true, most_digits: 1, takes_newlines: true)
    default: return nil
    }
  }
}
