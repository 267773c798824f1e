import Platform

/// Additional training data: mirrored images, texts with swapped terms.
public struct AugmentConfig: Configuration {
  public var flip = 0.0
  public var terms: [[String]] = []
  public var termsFile: String?
  public var copies = 1

  public init() {}

  package var swapsTerms: Bool { !terms.isEmpty || termsFile != nil }

  public static let summary =
    "Variants of rows that are added in training. Prediction reads rows unchanged."
  public static let fields: [ConfigField<AugmentConfig>] = [
    ConfigField(
      "flip", \.flip, in: 0...1,
      "The share of the images that are mirrored horizontally, drawn again for every step."),
    ConfigField(
      "terms", \.terms,
      "Groups of terms, such as [[\"christian\", \"jewish\", \"muslim\"]]. A text with one of the terms "
        + "is added again with another term of the same group in its place."),
    ConfigField(
      "terms_file", \.termsFile,
      "A file with further groups of terms: JSON, or text with one group on each line."),
    ConfigField(
      "copies", \.copies, in: 1...100,
      "The number of such copies, each with a separately drawn term."),
  ]
}
