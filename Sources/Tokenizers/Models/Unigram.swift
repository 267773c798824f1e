import Platform
import TextKernels

extension TokenModel {
  /// Unigram language model (Kudo 2018): the most probable tokens by the Viterbi algorithm.
  ///
  /// - Parameters:
  ///   - scores: the logarithm of each token's probability, by number.
  ///   - fusesUnknown: whether neighbouring unknown characters become one token.
  static func unigram(
    _ vocabulary: Vocabulary, scores: [Double], unknown: Int, fallsBackToBytes: Bool,
    fusesUnknown: Bool = true,
    at field: ModelField
  ) throws -> TokenModel {
    let pieces = try ByteTrie(expecting: vocabulary.count)
    let table = try Buffer<Double>(copying: scores, for: "a vocabulary")
    for id in 0..<vocabulary.count {
      let bytes = vocabulary.bytes(id)
      if !bytes.isEmpty { try pieces.insert(bytes, id, at: field) }
    }
    let fallback = fallsBackToBytes ? try vocabulary.byteTokens() : nil
    let state = unigram_model(
      pieces: pieces.trie, tokens: vocabulary.table, scores: table.pointer,
      // An unknown character scores much lower than the worst token.
      unknown_score: (scores.min() ?? 0) - 10, unknown: Int32(truncatingIfNeeded: unknown),
      fallback_ids: fallback?.pointer, fuses_unknown: fusesUnknown)
    let kept: [AnyObject?] = [pieces, table, fallback]
    return TokenModel(
      .unigram, vocabulary, unigram_encode, state, unknown: unknown, keeping: kept.compactMap { $0 })
  }
}
