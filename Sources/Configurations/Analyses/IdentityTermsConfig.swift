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
      "columns", \.columns,
      "Columns of numbers, one for each term. At least 0.5 means that a text mentions it."),
    ConfigField(
      "text", \.text, "The column of texts in which \"terms\" are searched. Default: \"text\" of \"data\"."),
    ConfigField("terms", \.terms, "The terms: one word or several words, in upper or lower case."),
    ConfigField(
      "match", \.match,
      "word: the term is between characters that are neither letters nor digits; substring: it is "
        + "anywhere."),
    ConfigField(
      "power", \.power, in: -100...100,
      "The power of the mean over terms. The lower it is, the nearer is the mean to the worst term."),
  ]
}
