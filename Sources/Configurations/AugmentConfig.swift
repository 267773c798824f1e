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
    "What training sees beside the rows as they are; prediction sees them as they are."
  public static let fields: [ConfigField<AugmentConfig>] = [
    ConfigField(
      "flip", \.flip, in: 0...1,
      "The share of the images that are mirrored, left for right, drawn anew for every step."),
    ConfigField(
      "terms", \.terms,
      "Groups of terms: a text that has one is there once more with another of its group in its place, such as "
        + "[[\"christian\", \"jewish\", \"muslim\"]]."),
    ConfigField(
      "terms_file", \.termsFile, "More groups of terms: a file of JSON, or of text with a group a line."),
    ConfigField("copies", \.copies, in: 1...100, "How many such copies, each with a term drawn for itself."),
  ]
}
