import Datasets
import Platform
import Tokenizers

/// The words of texts as byte ranges.
package struct TextWords: @unchecked Sendable {
  /// The words of text t are firsts[t] ..< firsts[t + 1].
  let firsts: Buffer<Int64>
  /// The first byte of each word in its text.
  package let starts: Buffer<Int32>
  /// The byte after the last one of each word.
  package let ends: Buffer<Int32>

  package var texts: Int { firsts.count - 1 }
  /// The number of words of all texts.
  package var count: Int { Int(firsts.elements[firsts.count - 1]) }

  /// The words of text t; t in 0 ..< texts.
  package func words(_ text: Int) -> Range<Int> {
    Int(firsts.elements[text])..<Int(firsts.elements[text + 1])
  }

  private init(firsts: Buffer<Int64>, count: Int) throws {
    self.firsts = firsts
    starts = try Buffer(count: count, for: "words")
    ends = try Buffer(count: count, for: "words")
  }

  /// Words separated by ASCII spaces.
  package init(splitting texts: TextValues) throws {
    let firsts = try Buffer<Int64>(count: texts.count + 1, for: "words")
    var total = 0
    for row in 0..<texts.count {
      Self.forEachWord(texts, row) { _, _ in total += 1 }
      firsts.pointer[row + 1] = Int64(total)
    }
    try self.init(firsts: firsts, count: total)
    var word = 0
    for row in 0..<texts.count {
      Self.forEachWord(texts, row) { start, end in
        starts.pointer[word] = Int32(clamping: start)
        ends.pointer[word] = Int32(clamping: end)
        word += 1
      }
    }
  }

  /// The words of the tokenizer's pre-tokenization; in many tokenizers a comma is a separate word.
  package init(_ packed: PackedTokens, texts: TextValues) throws {
    let firsts = try Buffer<Int64>(count: texts.count + 1, for: "words")
    guard let places = packed.places else { throw Failure.internal("tokens without places") }
    for sequence in 0..<packed.count {
      let text = Int(packed.texts.pointer[sequence])
      for token in packed.tokens(sequence) where places.sequences.pointer[token] == 0 {
        firsts.pointer[text + 1] = max(firsts.pointer[text + 1], Int64(places.words.pointer[token]) + 1)
      }
    }
    for text in 0..<texts.count { firsts.pointer[text + 1] += firsts.pointer[text] }
    try self.init(firsts: firsts, count: Int(firsts.pointer[texts.count]))
    for sequence in 0..<packed.count {
      let text = Int(packed.texts.pointer[sequence])
      let bytes = texts.cell(text)
      for token in packed.tokens(sequence) where places.sequences.pointer[token] == 0 {
        let word = Int(firsts.pointer[text]) + Int(places.words.pointer[token])
        var (start, end) = (places.byteStarts.pointer[token], places.byteEnds.pointer[token])
        while start < end, Self.isBlank(bytes[Int(start)]) { start += 1 }
        if ends.pointer[word] == 0 { starts.pointer[word] = start }
        starts.pointer[word] = min(starts.pointer[word], start)
        end = max(ends.pointer[word], end)
        ends.pointer[word] = end
      }
    }
  }

  static func isBlank(_ byte: CChar) -> Bool { byte == 0x20 || (9...13).contains(byte) }

  static func forEachWord(_ texts: TextValues, _ row: Int, _ body: (Int, Int) -> Void) {
    let (bytes, length) = (texts.cell(row), texts.length(row))
    var at = 0
    while at < length {
      while at < length, isBlank(bytes[at]) { at += 1 }
      let start = at
      while at < length, !isBlank(bytes[at]) { at += 1 }
      if at > start { body(start, at) }
    }
  }

  /// The text of a word.
  package func string(_ word: Int, of texts: TextValues, row: Int) -> String {
    let start = Int(starts.elements[word])
    let length = max(Int(ends.elements[word]) - start, 0)
    return String(
      decoding: UnsafeRawBufferPointer(start: texts.cell(row) + start, count: length), as: UTF8.self)
  }
}
