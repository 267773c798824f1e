import Platform
import PlatformKernels
import TextKernels

/// The state of one thread for encoding texts: memory that grows to the longest text and is reused, and a
/// cache of words. The steps for a text: invalid UTF-8 is repaired, added tokens are found, the parts between
/// them are normalized and divided into words, and the model encodes the words.
final class Encoder {
  /// The tokens of the first and second text of a pair.
  private(set) var tokens: [WorkingTokens]
  private let tokenizer: Pipeline
  private let aligned: Bool

  private var mended: WorkingText
  private var texts: [WorkingText]
  private var words: [WorkingWords]
  private var modelMemory = WorkingMemory()
  private var stepMemory = WorkingMemory()
  private let cache: Buffer<UInt8>
  private static let cacheBits: UInt32 = 14
  /// The number of words in the text so far.
  private var wordCount: Int32 = 0

  /// - Parameter findsPlaces: whether to compute the start, the end (bytes of the text) and the word of each
  ///   token.
  init(_ tokenizer: Pipeline, findsPlaces: Bool) throws {
    self.tokenizer = tokenizer
    aligned = findsPlaces || tokenizer.asksForOrigin
    self.findsPlaces = findsPlaces
    tokens = [try WorkingTokens(), try WorkingTokens()]
    mended = try WorkingText()
    texts = [try WorkingText(), try WorkingText(), try WorkingText()]
    words = [try WorkingWords(), try WorkingWords()]
    cache = try Buffer(
      count: MemoryLayout<cached_word>.stride << Int(Self.cacheBits), for: "a cache of words")
  }

  private let findsPlaces: Bool

  /// Encodes a text into tokens[sequence].
  func encode(_ text: UnsafeBufferPointer<UInt8>, sequence: Int) throws {
    tokens[sequence].clear()
    wordCount = 0
    guard let base = text.baseAddress, !text.isEmpty else { return }
    guard text.count <= Int(Int32.max) / 4 else {
      throw Failure.invalidData("a text of \(text.count) bytes is too long; \(Int32.max / 4) are accepted")
    }
    let valid = base.withMemoryRebound(to: CChar.self, capacity: text.count) { text_is_utf8($0, text.count) }
    var whole: aligned_text
    if valid {
      whole = try mended.reserve(aligned ? text.count : 0, aligned: aligned)
      if aligned { utf8_align(base, text.count, whole.from, whole.to) }
      whole.bytes = UnsafeMutablePointer(mutating: base)
      whole.count = text.count
    } else {
      whole = try mended.reserve(text.count * 3, aligned: aligned)
      whole.count = utf8_repair(base, text.count, whole.bytes, whole.from, whole.to)
    }
    var at = 0
    while let match = tokenizer.rawTokens.next(whole.bytes, from: at, count: whole.count) {
      try encodePart(whole.part(at, match.start), sequence)
      try append(match, in: whole, sequence)
      at = match.end
    }
    try encodePart(whole.part(at, whole.count), sequence)
  }

  private func append(_ match: AddedTokenFinder.Match, in text: aligned_text, _ sequence: Int) throws {
    try tokens[sequence].reserve(1, aligned: findsPlaces)
    var list = tokens[sequence].list
    token_list_append(
      &list, Int32(truncatingIfNeeded: match.token.id), Int32(truncatingIfNeeded: match.start),
      Int32(truncatingIfNeeded: match.end))
    if findsPlaces {
      list.words[list.count - 1] = wordCount
      place(&list, from: list.count - 1, in: text)
    }
    tokens[sequence].list.count = list.count
    wordCount += 1
  }

  /// Encodes a part without added tokens: normalizes it, then searches it for added tokens of normalized
  /// text.
  private func encodePart(_ part: aligned_text, _ sequence: Int) throws {
    guard part.count > 0 else { return }
    var (current, buffer) = (part, -1)
    for step in tokenizer.normalizing {
      buffer = buffer == 0 ? 1 : 0
      var target = try texts[buffer].reserve(step.room(for: current.count), aligned: aligned)
      try step.apply(current, &target, &stepMemory)
      current = target
    }
    var at = 0
    while let match = tokenizer.normalizedTokens.next(current.bytes, from: at, count: current.count) {
      try encodeWords(current.part(at, match.start), besides: buffer, sequence)
      try append(match, in: current, sequence)
      at = match.end
    }
    try encodeWords(current.part(at, current.count), besides: buffer, sequence)
  }

  /// Divides normalized text into words and appends their tokens. The buffer `used` is not changed.
  private func encodeWords(_ part: aligned_text, besides used: Int, _ sequence: Int) throws {
    guard part.count > 0 else { return }
    var (text, buffer) = (part, used)
    var list = try words[0].reserve(text.count)
    list.append(0, Int32(truncatingIfNeeded: text.count))
    var other = 1
    for step in tokenizer.preTokenizing {
      if step.rewrites {
        // The buffer that holds neither the text nor the normalized text.
        buffer = (0..<3).first { $0 != buffer && $0 != used } ?? 2
        var target = try texts[buffer].reserve(
          step.room(for: text.count, parts: list.count), aligned: aligned)
        for word in 0..<list.count {
          let start = target.count
          step.rewrite(text, Int(list.starts[word]), Int(list.ends[word]), &target)
          list.starts[word] = Int32(truncatingIfNeeded: start)
          list.ends[word] = Int32(truncatingIfNeeded: target.count)
        }
        text = target
      }
      var cut = try words[other].reserve(text.count)
      for word in 0..<list.count { try step.cut(text.bytes, list.starts[word], list.ends[word], &cut) }
      list = cut
      other = 1 - other
    }
    try encode(list, of: text, sequence)
  }

  private func encode(_ list: word_list, of text: aligned_text, _ sequence: Int) throws {
    let model = tokenizer.model
    var list = list
    let most = text.count * model.mostTokens.aByte + list.count * model.mostTokens.aWord
    try tokens[sequence].reserve(most, aligned: findsPlaces)
    let memory = try modelMemory.reserve(model.memory(forWordOf: Int(longest_word(&list))))
    let places = UnsafeMutableRawPointer(cache.pointer).assumingMemoryBound(to: cached_word.self)
    var made = tokens[sequence].list
    let before = made.count
    encode_words(
      model.encode, model.state, memory, places, Self.cacheBits, text.bytes, list.starts, list.ends,
      list.count,
      wordCount, &made)
    if findsPlaces { place(&made, from: before, in: text) }
    tokens[sequence].list.count = made.count
    wordCount += Int32(truncatingIfNeeded: list.count)
  }

  /// Converts places in the processed text to places in the given text.
  private func place(_ list: inout token_list, from first: Int, in text: aligned_text) {
    guard let from = text.from, let to = text.to else { return }
    for token in first..<list.count {
      let (start, end) = (Int(list.starts[token]), Int(list.ends[token]))
      let last = min(max(end, start + 1), text.count) - 1
      list.starts[token] = from[min(start, max(text.count - 1, 0))]
      list.ends[token] = to[max(last, 0)]
    }
  }
}
