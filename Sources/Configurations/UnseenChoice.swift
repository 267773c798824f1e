import Platform

/// What becomes of rows with a category that training has not seen.
public enum UnseenChoice: String, ConfigChoice, Sendable {
  /// They are encoded as the model's encoder says, counted, and the log says so.
  case count
  /// They are an error.
  case refuse
}
