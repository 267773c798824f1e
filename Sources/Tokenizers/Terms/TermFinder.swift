import Platform
import TextKernels

/// Finds terms in texts, ignoring case: single words, or several words separated by spaces of any kind.
///
///     let finder = try TermFinder(["gay", "old man"])
///     try finder.matches(in: "The OLD  man's gay friend")   // 1 at 4 ..< 12, 0 at 15 ..< 18
public final class TermFinder: @unchecked Sendable {
  public struct Match: Sendable, Equatable {
    /// The index of the term; the first of terms that differ only in case.
    public let term: Int
    /// The range of bytes in the text.
    public let bytes: Range<Int>
  }

  public let terms: [String]
  private let wholeWords: Bool
  private let trie: ByteTrie
  /// For the first of several terms that are equal in lower case, all of their indices.
  private var equal: [Int: [Int]] = [:]

  /// - Parameters:
  ///   - terms: surrounding spaces are removed; an underscore is a space, as in many lists.
  ///   - wholeWords: whether a term must not touch letters, marks and digits.
  /// - Throws: `invalidConfig` for a term without characters (location: its index).
  public init(_ terms: [String], wholeWords: Bool = true) throws {
    self.terms = terms
    self.wholeWords = wholeWords
    trie = try ByteTrie(expecting: terms.count)
    var memory = try TermMemory()
    var first: [String: Int] = [:]
    for (index, term) in terms.enumerated() {
      let text = Array(Self.trimmed(term).utf8)
      try text.withUnsafeBufferPointer { text in
        let key = try memory.fold(text)
        guard key.count > 0 else { throw Failure.invalidConfig("the term is empty", at: "/\(index)") }
        let bytes = UnsafeBufferPointer(start: UnsafePointer(key.bytes), count: key.count)
        let name = String(decoding: bytes, as: UTF8.self)
        if let known = first[name] {
          equal[known, default: []].append(index)
        } else {
          first[name] = index
          try trie.insert(bytes, index, at: ModelField(.null, file: "terms"))
        }
      }
    }
  }

  /// A term without surrounding spaces, and with spaces in place of underscores.
  static func trimmed(_ term: String) -> String {
    let bytes = term.utf8.map { $0 == UInt8(ascii: "_") ? 0x20 : $0 }
    return bytes.withUnsafeBufferPointer { bytes in
      let (start, end) = spaces(bytes)
      return String(decoding: bytes[min(start, end)..<max(start, end)], as: UTF8.self)
    }
  }

  /// Calls `body` for every occurrence of every term, including overlapping ones.
  public func forEachMatch(
    in text: UnsafeBufferPointer<UInt8>, _ memory: inout TermMemory, _ body: (Match) -> Void
  ) throws {
    let folded = try memory.fold(text)
    var at = 0
    while at < folded.count {
      _ = longest(folded, at) { body(Match(term: $0, bytes: $1)) }
      at = nextStart(folded, at)
    }
  }

  /// The occurrences without overlaps: from left to right, the longest of those that begin at the same
  /// position.
  public func matches(in text: UnsafeBufferPointer<UInt8>, _ memory: inout TermMemory) throws -> [Match] {
    let folded = try memory.fold(text)
    var found: [Match] = []
    var at = 0
    while at < folded.count {
      var best: Match?
      let end = longest(folded, at) { best = Match(term: $0, bytes: $1) }
      if let best {
        found.append(best)
        at = end
      } else {
        at = nextStart(folded, at)
      }
    }
    return found
  }

  public func matches(in text: String) throws -> [Match] {
    var memory = try TermMemory()
    return try Array(text.utf8).withUnsafeBufferPointer { try matches(in: $0, &memory) }
  }

  /// Marks the terms that occur in a text; `mentions` has one element per term.
  public func mark(
    in text: UnsafeBufferPointer<UInt8>, _ memory: inout TermMemory, _ mentions: inout [Bool]
  ) throws {
    try forEachMatch(in: text, &memory) { match in
      mentions[match.term] = true
      for other in equal[match.term] ?? [] { mentions[other] = true }
    }
  }

  /// Calls `body` for the terms that begin at a position of folded text, in order of length; returns the end
  /// of the longest.
  private func longest(_ text: aligned_text, _ start: Int, _ body: (Int, Range<Int>) -> Void) -> Int {
    var table = trie.trie
    guard !wholeWords || start == 0 || !isWord(text, before: start) || !isWord(text, at: start) else {
      return start
    }
    var node = UInt32(BYTE_TRIE_ROOT)
    var (at, last) = (start, start)
    while at < text.count, let edge = byte_trie_step(&table, node, text.bytes[at]) {
      node = edge.pointee.child
      at += 1
      let term = Int(edge.pointee.value)
      guard term >= 0 else { continue }
      let ends = at == text.count || !isWord(text, before: at) || !isWord(text, at: at)
      if !wholeWords || ends {
        body(term, Int(text.from[start])..<Int(text.to[at - 1]))
        last = at
      }
    }
    return last
  }

  private static let wordBits = UInt8(
    (CHARACTER_LETTER.rawValue | CHARACTER_MARK.rawValue | CHARACTER_NUMBER.rawValue))

  private func isWord(_ text: aligned_text, at place: Int) -> Bool {
    var next = place
    return class_next(text.bytes, &next) & Self.wordBits != 0
  }

  private func isWord(_ text: aligned_text, before place: Int) -> Bool {
    var start = place - 1
    while start > 0, text.bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return isWord(text, at: start)
  }

  private func nextStart(_ text: aligned_text, _ at: Int) -> Int {
    min(at + utf8_length(text.bytes[at]), text.count)
  }
}

/// Working memory of one thread for finding terms; it grows to the longest text.
public struct TermMemory {
  private var mended: WorkingText
  private var lowered: WorkingText
  private var spaced: WorkingText

  public init() throws {
    mended = try WorkingText()
    lowered = try WorkingText()
    spaced = try WorkingText()
  }

  /// The text in lower case, with runs of spaces replaced by one space.
  mutating func fold(_ text: UnsafeBufferPointer<UInt8>) throws -> aligned_text {
    guard let base = text.baseAddress, !text.isEmpty else { return try spaced.reserve(0, aligned: true) }
    guard text.count <= Int(Int32.max) / 16 else {
      throw Failure.invalidData("a text of \(text.count) bytes is too long to look for terms")
    }
    var source = try mended.reserve(text.count * 3, aligned: true)
    source.count = utf8_repair(base, text.count, source.bytes, source.from, source.to)
    var lower = try lowered.reserve(source.count * 2, aligned: true)
    text_rewrite_characters(&source, &lower, CHARACTERS_LOWERCASE)
    var target = try spaced.reserve(lower.count * 2, aligned: true)
    var space: UInt8 = 0x20
    text_replace_runs(&lower, &target, UInt8(CHARACTER_SPACE.rawValue), -1, 1, &space, 1)
    return target
  }
}
