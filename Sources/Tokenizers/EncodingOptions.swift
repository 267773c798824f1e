/// What becomes of a text on its way into tokens.
public struct EncodingOptions: Sendable, Equatable {
  /// Which text of a pair is cut when both together are too long.
  public enum Truncation: String, Sendable, CaseIterable {
    case longestFirst, onlyFirst, onlySecond
  }
  public enum Side: String, Sendable, CaseIterable { case left, right }

  /// The most tokens of a sequence, special ones included; nil: nothing is cut.
  public var maximumLength: Int?
  public var truncation = Truncation.longestFirst
  /// The end at which tokens are cut off.
  public var truncationSide = Side.right
  /// Whether what is cut off becomes further sequences of the same text.
  public var keepsWindows = false
  /// Tokens that neighbouring windows share.
  public var stride = 0
  /// Whether the model's special tokens ([CLS], [SEP], <s> …) are put in.
  public var addsSpecialTokens = true
  /// Whether each token's place in its text is noted (`PackedTokens.places`).
  public var findsPlaces = false

  public init(maximumLength: Int? = nil) { self.maximumLength = maximumLength }
}
