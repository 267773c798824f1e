import Platform
import TextKernels

/// One step that divides a text, or its parts from earlier steps, into words.
enum PreTokenizingStep: Sendable {
  case bert
  /// `\w+|[^\w\s]+`
  case plainWords
  case characters(UInt8, inverted: Bool, match_behavior)
  case literal(Buffer<UInt8>, inverted: Bool, match_behavior)
  case pattern(byte_level_pattern)
  case expression(RegularExpression, inverted: Bool, match_behavior)
  /// Adds a space before each part that does not begin with one.
  case spaceBefore
  case metaspace(Buffer<UInt8>, Prepending, splits: Bool)

  enum Prepending: String, Sendable, CaseIterable {
    case always, first, never
  }

  /// Whether the step may also change the parts.
  var rewrites: Bool {
    switch self {
    case .spaceBefore, .metaspace: true
    default: false
    }
  }

  /// Whether it must know which part is at the start of the text.
  var asksForOrigin: Bool {
    if case .metaspace(_, .first, _) = self { return true }
    return false
  }

  /// Appends the words of text[from ..< to] to `words`.
  ///
  /// - Throws: `invalidData` if a regular expression takes too many steps; `outOfMemory`.
  func cut(_ text: UnsafePointer<UInt8>, _ from: Int32, _ to: Int32, _ words: inout word_list) throws {
    switch self {
    case .bert: bert_words(text, from, to, &words)
    case .plainWords: plain_words(text, from, to, &words)
    case .characters(let bits, let inverted, let behavior):
      class_words(text, from, to, bits, inverted, behavior, &words)
    case .literal(let pattern, let inverted, let behavior):
      literal_words(text, from, to, pattern.pointer, pattern.count, inverted, behavior, &words)
    case .pattern(var pattern): byte_level_words(text, from, to, &pattern, &words)
    case .expression(let expression, let inverted, let behavior):
      try expression.search(text + Int(from), count: Int(to - from)) {
        pattern_words(&$0, from, inverted, behavior, &words)
      }
    case .metaspace(let mark, _, let splits):
      if splits {
        literal_words(text, from, to, mark.pointer, mark.count, false, MATCH_MERGED_WITH_NEXT, &words)
      } else {
        words.append(from, to)
      }
    case .spaceBefore: words.append(from, to)
    }
  }

  /// Appends the rewritten part source[from ..< to] to `target`.
  func rewrite(_ source: aligned_text, _ from: Int, _ to: Int, _ target: inout aligned_text) {
    guard from < to else { return }
    var part = source.part(from, to)
    switch self {
    case .spaceBefore:
      if part.bytes[0] != 0x20 { aligned_append(&target, 0x20, &part, 0) }
      aligned_copy(&target, &part, 0, part.count)
    case .metaspace(let mark, let prepending, _):
      let marked = part.bytes[0] == 0x20 || part.starts(with: mark)
      let wanted = prepending == .always || (prepending == .first && part.from?[0] == 0)
      text_mark_spaces(&part, &target, mark.pointer, mark.count, wanted && !marked)
    default: aligned_copy(&target, &part, 0, part.count)
    }
  }

  /// The maximum number of bytes that rewriting produces from `count` bytes in `parts` parts.
  func room(for count: Int, parts: Int) throws -> Int {
    let each: Int
    switch self {
    case .metaspace(let mark, _, _): each = max(mark.count, 1)
    default: each = 1
    }
    let (grown, overflow) = count.multipliedReportingOverflow(by: each)
    let (more, second) = parts.multipliedReportingOverflow(by: each)
    let (room, third) = grown.addingReportingOverflow(more)
    guard !overflow, !second, !third, room <= Int(Int32.max) - 64 else {
      throw Failure.invalidData("a text of \(count) bytes is too long for its words")
    }
    return room
  }
}

extension word_list {
  mutating func append(_ from: Int32, _ to: Int32) {
    guard from < to else { return }
    starts[count] = from
    ends[count] = to
    count += 1
  }
}

extension aligned_text {
  func part(_ from: Int, _ to: Int) -> aligned_text {
    aligned_text(
      bytes: bytes + from, from: self.from.map { $0 + from }, to: self.to.map { $0 + from }, count: to - from)
  }

  func starts(with prefix: Buffer<UInt8>) -> Bool {
    guard prefix.count <= count else { return false }
    for place in 0..<prefix.count where bytes[place] != prefix.pointer[place] { return false }
    return true
  }
}
