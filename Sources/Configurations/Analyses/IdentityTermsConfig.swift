import Platform

/// The section "identity_terms" of an audit.
public struct IdentityTermsConfig: Configuration {
  public enum Match: String, ConfigChoice, Sendable { case word, substring }

  public var columns: [String] = []
  public var text: String?
  public var terms: [String] = []
  public var match = Match.word
  public var power = -5.0

  public init() {}

  public static let summary = "How well scores rank texts that mention identities."
  public static let fields: [ConfigField<IdentityTermsConfig>] = [
    ConfigField(
      "columns", \.columns, "Columns of numbers, a term each: 0.5 and more mean that a text mentions it."),
    ConfigField(
      "text", \.text, "The column of texts in which \"terms\" are looked for. Default: that of \"data\"."),
    ConfigField("terms", \.terms, "Words, or several words, whatever their case."),
    ConfigField(
      "match", \.match, "word: between characters that are no letters and no digits; substring: anywhere."),
    ConfigField(
      "power", \.power, in: -100...100, "Of the mean over terms: the lower, the nearer to the worst."),
  ]
}
