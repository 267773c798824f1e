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
    "Of text models: what becomes of long texts in prediction and evaluation. Training cuts them at their end."
  public static let fields: [ConfigField<LongTextsConfig>] = [
    ConfigField(
      "method", \.method,
      "truncate: they are cut at their end; windows: they are read in parts, each as long as may be."),
    ConfigField(
      "length", \.length, in: 2...(1 << 20),
      "The most tokens that are read at once, special ones included. Default: the model's maximum_length."),
    ConfigField("stride", \.stride, in: 0...(1 << 20), "Of windows: the tokens that neighbours share."),
    ConfigField(
      "combine", \.combine,
      "Of windows: whether their scores (of words: of the windows that hold the word) are averaged, or the largest "
        + "of each class counts. Probabilities of several classes are then brought to the sum 1."),
  ]
}
