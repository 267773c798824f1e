import Platform

/// How rows with a category that did not occur in training are treated.
public enum UnseenChoice: String, ConfigChoice, Sendable {
  /// They are encoded as the model's encoder defines, counted and logged.
  case count
  /// They are an error.
  case refuse
}
