import Datasets
import Platform
import Tokenizers

/// The token whose output tags each word: the word's first token (Devlin et al. 2019, section 5.3). A word
/// that was cut off has none; a word in several windows has one in each.
package struct WordTokens: @unchecked Sendable {
  /// The pairs of sequence s are firsts[s] ..< firsts[s + 1].
  let firsts: Buffer<Int64>
  /// For each pair, the index of the word among all words.
  package let words: Buffer<Int32>
  /// For each pair, the index of the token in its sequence.
  package let places: Buffer<Int32>

  /// The indices of a sequence's pairs.
  package func pairs(_ sequence: Int) -> Range<Int> {
    Int(firsts.elements[sequence])..<Int(firsts.elements[sequence + 1])
  }

  /// The number of pairs.
  package var count: Int { Int(firsts.elements[firsts.count - 1]) }

  /// The maximum number of pairs in this number of sequences.
  package func most(of sequences: Int) -> Int {
    (0..<firsts.count - 1).map { pairs($0).count }.sorted(by: >).prefix(sequences).reduce(0, +)
  }

  /// Finds the token of each word.
  ///
  /// - Parameters:
  ///   - packed: the tokens of the texts, with their byte ranges.
  ///   - words: the words of the texts.
  package init(_ packed: PackedTokens, _ words: TextWords, of texts: TextValues) throws {
    firsts = try Buffer(count: packed.count + 1, for: "words")
    self.words = try Buffer(count: packed.tokenCount, for: "words")
    places = try Buffer(count: packed.tokenCount, for: "words")
    var count = 0
    for sequence in 0..<packed.count {
      Self.forEachFirst(packed, sequence, words, texts) { word, place in
        self.words.pointer[count] = Int32(clamping: word)
        places.pointer[count] = Int32(clamping: place)
        count += 1
      }
      firsts.pointer[sequence + 1] = Int64(count)
    }
  }

  private static func forEachFirst(
    _ packed: PackedTokens, _ sequence: Int, _ words: TextWords, _ texts: TextValues,
    _ body: (Int, Int) -> Void
  ) {
    guard let tokenPlaces = packed.places else { return }
    let text = Int(packed.texts.pointer[sequence])
    let (bytes, own) = (texts.cell(text), words.words(text))
    let isContinuation = sequence > 0 && packed.texts.pointer[sequence - 1] == packed.texts.pointer[sequence]
    var (word, last, isFirst) = (own.lowerBound, -1, true)
    for (place, token) in packed.tokens(sequence).enumerated() {
      guard tokenPlaces.sequences.pointer[token] == 0 else { continue }
      var start = tokenPlaces.byteStarts.pointer[token]
      let end = tokenPlaces.byteEnds.pointer[token]
      // Some tokenizers include the space before a word in its first token.
      while start < end, TextWords.isBlank(bytes[Int(start)]) { start += 1 }
      while word < own.upperBound, words.ends.pointer[word] <= start { word += 1 }
      guard word < own.upperBound, end > words.starts.pointer[word] else { continue }
      // A window may begin inside a word.
      let begins = !isFirst || !isContinuation || start <= words.starts.pointer[word]
      if begins, word != last { body(word, place) }
      (last, isFirst) = (word, false)
    }
  }
}
