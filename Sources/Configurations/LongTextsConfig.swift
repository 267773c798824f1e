import Platform

/// How texts with more tokens than the model's maximum are treated.
public struct LongTextsConfig: Configuration, Equatable {
  public enum Method: String, ConfigChoice, Sendable { case truncate, windows }
  public enum Combination: String, ConfigChoice, Sendable { case mean, maximum }

  public var method = Method.truncate
  public var length: Int?
  public var stride = 0
  public var combine = Combination.mean

  public init() {}

  public static let summary =
    "For text models, how texts with too many tokens are read in prediction and evaluation. Training "
    + "truncates them."
  public static let fields: [ConfigField<LongTextsConfig>] = [
    ConfigField(
      "method", \.method,
      "truncate: texts are cut at their end; windows: they are read in several parts of the maximum length."),
    ConfigField(
      "length", \.length, in: 2...(1 << 20),
      "The maximum number of tokens that are read at once, including special tokens. Default: the "
        + "model's maximum_length."),
    ConfigField(
      "stride", \.stride, in: 0...(1 << 20),
      "For windows, the number of tokens that neighbouring windows share."),
    ConfigField(
      "combine", \.combine,
      "For windows, how their scores are combined: their mean, or the maximum for each class. For words, "
        + "only the windows that contain the word are used. Probabilities of several classes are then scaled "
        + "to the sum 1."),
  ]
}
