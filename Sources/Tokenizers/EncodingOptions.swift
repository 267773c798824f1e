/// Options for encoding texts.
public struct EncodingOptions: Sendable, Equatable {
  /// Which text of a pair is truncated if both together are too long.
  public enum Truncation: String, Sendable, CaseIterable {
    case longestFirst, onlyFirst, onlySecond
  }
  public enum Side: String, Sendable, CaseIterable { case left, right }

  /// The maximum number of tokens in a sequence, including special tokens; nil: texts are not truncated.
  public var maximumLength: Int?
  public var truncation = Truncation.longestFirst
  /// The end at which tokens are removed.
  public var truncationSide = Side.right
  /// Whether the removed tokens form further sequences of the same text.
  public var keepsWindows = false
  /// The number of tokens that neighbouring windows share.
  public var stride = 0
  /// Whether the model's special tokens ([CLS], [SEP], <s> …) are added.
  public var addsSpecialTokens = true
  /// Whether each token's place in its text is recorded (`PackedTokens.places`).
  public var findsPlaces = false

  public init(maximumLength: Int? = nil) { self.maximumLength = maximumLength }
}
