/// The steps from text to tokens, as defined in a tokenizer's files.
struct Pipeline: Sendable {
  var rawTokens: AddedTokenFinder
  var normalizedTokens: AddedTokenFinder
  var normalizing: [NormalizingStep]
  var preTokenizing: [PreTokenizingStep]
  var model: TokenModel

  /// Whether a step must know the position in the text.
  var asksForOrigin: Bool { preTokenizing.contains { $0.asksForOrigin } }
}
