/// The steps from a text to tokens, as a tokenizer's files state them.
struct Pipeline: Sendable {
  var rawTokens: AddedTokenFinder
  var normalizedTokens: AddedTokenFinder
  var normalizing: [NormalizingStep]
  var preTokenizing: [PreTokenizingStep]
  var model: TokenModel

  /// Whether a step must know where in the text it is.
  var asksForOrigin: Bool { preTokenizing.contains { $0.asksForOrigin } }
}
