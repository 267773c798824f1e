import Platform
import TextKernels

/// One step that rewrites a text before it is divided into words.
enum NormalizingStep: Sendable {
  /// BERT's normalizer; the bits are those of text_rewriting.h.
  case bert(UInt32)
  case form(unicode_form)
  case characters(character_rewriting)
  case strip(left: Bool, right: Bool)
  case replace(Buffer<UInt8>, with: Buffer<UInt8>)
  case replaceRuns(CharacterRun, with: Buffer<UInt8>)
  case replaceMatches(RegularExpression, with: Buffer<UInt8>)
  case prepend(Buffer<UInt8>)
  case mapped(CharacterMap)
}

/// A pattern for a run of at least n characters that are equal or of the same class: `\s+`, ` {2,}`.
struct CharacterRun: Sendable {
  var characterClass: UInt8 = 0
  var character: Int32 = -1
  var least = 1
}

extension NormalizingStep {
  /// The maximum number of bytes that the step produces from `count` bytes.
  ///
  /// - Throws: `invalidData` for a text that would become too long.
  func room(for count: Int) throws -> Int {
    let room: (Int, Bool)
    switch self {
    case .bert, .characters: room = count.multipliedReportingOverflow(by: 3)
    case .form(let form):
      room = count.multipliedReportingOverflow(by: form == FORM_NFC || form == FORM_NFD ? 3 : 11)
    case .strip: room = (count, false)
    case .replace(let pattern, let content):
      let (more, overflow) = (count / max(pattern.count, 1)).multipliedReportingOverflow(by: content.count)
      room = overflow ? (0, true) : count.addingReportingOverflow(more)
    case .replaceRuns(_, let content): room = count.multipliedReportingOverflow(by: content.count + 1)
    case .replaceMatches(_, let content):
      let (most, overflow) = (count + 1).multipliedReportingOverflow(by: content.count + 1)
      room = (most, overflow)
    case .prepend(let content): room = count.addingReportingOverflow(content.count)
    case .mapped(let map): room = count.multipliedReportingOverflow(by: max(map.longest, 1))
    }
    guard !room.1, room.0 <= Int(Int32.max) - 64 else {
      throw Failure.invalidData("a text of \(count) bytes is too long for its normalization")
    }
    return room.0
  }

  /// Rewrites `source` into `target`, which must have enough room.
  func apply(_ source: aligned_text, _ target: inout aligned_text, _ memory: inout WorkingMemory) throws {
    var source = source
    switch self {
    case .bert(let bits): text_rewrite_bert(&source, &target, bits)
    case .form(let form):
      let bytes = try memory.reserve(form_memory(source.count, form))
      text_rewrite_form(&source, &target, form, bytes)
    case .characters(let how): text_rewrite_characters(&source, &target, how)
    case .strip(let left, let right):
      let range = strippedRange(source, left: left, right: right)
      aligned_copy(&target, &source, range.lowerBound, range.upperBound)
    case .replace(let pattern, let content):
      text_replace(&source, &target, pattern.pointer, pattern.count, content.pointer, content.count)
    case .replaceRuns(let run, let content):
      text_replace_runs(
        &source, &target, run.characterClass, run.character, run.least, content.pointer, content.count)
    case .replaceMatches(let expression, let content):
      try expression.search(source.bytes, count: source.count) {
        text_replace_matches(&source, &target, &$0, content.pointer, content.count)
      }
    case .prepend(let content): text_prepend(&source, &target, content.pointer, content.count)
    case .mapped(let map): map.apply(&source, &target)
    }
  }

  private func strippedRange(_ text: aligned_text, left: Bool, right: Bool) -> Range<Int> {
    let (leading, trailing) = spaces(UnsafeBufferPointer(start: text.bytes, count: text.count))
    let start = left ? leading : 0
    return start..<max(start, right ? trailing : text.count)
  }
}

/// The end of a text's leading spaces, and the start of its trailing ones.
func spaces(_ text: UnsafeBufferPointer<UInt8>) -> (leading: Int, trailing: Int) {
  guard let base = text.baseAddress else { return (0, 0) }
  let space = UInt8(CHARACTER_SPACE.rawValue)
  var leading = 0
  while leading < text.count {
    var next = leading
    guard class_next(base, &next) & space != 0 else { break }
    leading = next
  }
  var trailing = text.count
  while trailing > 0 {
    var start = trailing - 1
    while start > 0, base[start] & 0xC0 == 0x80 { start -= 1 }
    var next = start
    guard class_next(base, &next) & space != 0 else { break }
    trailing = start
  }
  return (leading, trailing)
}
