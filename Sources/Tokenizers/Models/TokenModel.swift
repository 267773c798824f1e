import Platform
import TextKernels

/// Converts words to tokens: a vocabulary and one of the models of word_encoding.h.
final class TokenModel: @unchecked Sendable {
  enum Kind { case wordPiece, wordLevel, pairs, unigram }

  let kind: Kind
  let vocabulary: Vocabulary
  let encode: word_model
  /// A pointer to the model's structure in C.
  let state: UnsafeRawPointer
  /// The token for text that is not in the vocabulary.
  let unknown: Int?
  /// The maximum number of tokens of a word: `aByte` for each of its bytes, plus `aWord`.
  let mostTokens: (aByte: Int, aWord: Int)
  /// The objects to which the structure points.
  private let kept: [AnyObject]
  private let release: () -> Void

  /// - Parameter state: its pointers must be valid as long as `kept`.
  init<State>(
    _ kind: Kind, _ vocabulary: Vocabulary, _ encode: @escaping word_model, _ state: State, unknown: Int?,
    mostTokens: (aByte: Int, aWord: Int) = (1, 0), keeping kept: [AnyObject]
  ) {
    let pointer = UnsafeMutablePointer<State>.allocate(capacity: 1)
    pointer.initialize(to: state)
    self.kind = kind
    self.vocabulary = vocabulary
    self.encode = encode
    self.state = UnsafeRawPointer(pointer)
    self.unknown = unknown
    self.mostTokens = mostTokens
    self.kept = kept
    release = { pointer.deallocate() }
  }

  deinit { release() }

  /// The bytes of working memory for a word of this length.
  func memory(forWordOf length: Int) -> Int {
    switch kind {
    case .wordPiece, .wordLevel: 0
    case .pairs: pair_memory(state.assumingMemoryBound(to: pair_model.self), length)
    case .unigram: unigram_memory(length)
    }
  }
}
