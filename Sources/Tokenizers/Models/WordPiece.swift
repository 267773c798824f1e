import Platform
import TextKernels

extension TokenModel {
  /// WordPiece (Schuster and Nakajima 2012; Devlin et al. 2019): the longest matching token, repeatedly from
  /// the left.
  ///
  /// - Parameters:
  ///   - prefix: the prefix of tokens that continue a word.
  ///   - longestWord: the maximum number of characters; longer words are unknown.
  static func wordPiece(
    _ vocabulary: Vocabulary, unknown: Int, prefix: String, longestWord: Int, at field: ModelField
  ) throws -> TokenModel {
    let pieces = try ByteTrie(expecting: vocabulary.count)
    let prefix = Array(prefix.utf8)
    for id in 0..<vocabulary.count {
      let bytes = vocabulary.bytes(id)
      guard !bytes.isEmpty else { continue }
      try pieces.insert(bytes, id, at: field)
      if bytes.starts(with: prefix), bytes.count > prefix.count {
        let rest = UnsafeBufferPointer(rebasing: bytes[prefix.count...])
        try pieces.insert(rest, id, root: .second, at: field)
      }
    }
    let state = wordpiece_model(
      pieces: pieces.trie, unknown: Int32(truncatingIfNeeded: unknown),
      longest_word: Int32(clamping: longestWord))
    return TokenModel(.wordPiece, vocabulary, wordpiece_encode, state, unknown: unknown, keeping: [pieces])
  }

  /// A model in which each word is one token.
  static func wordLevel(_ vocabulary: Vocabulary, unknown: Int?) -> TokenModel {
    let state = word_level_model(
      tokens: vocabulary.table, unknown: Int32(truncatingIfNeeded: unknown ?? -1))
    return TokenModel(.wordLevel, vocabulary, word_level_encode, state, unknown: unknown, keeping: [])
  }
}
