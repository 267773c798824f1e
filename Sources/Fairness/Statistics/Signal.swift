/// The number of each row on which an objective is computed.
public enum Signal: String, CaseIterable, Sendable {
  /// The model's raw output: the logit, or the value in regression.
  case logit
  /// σ(logit), or the softmax.
  case probability
  /// σ(logit / temperature): approximates the decision, and still has a gradient.
  case decision
  /// The prediction loss of the row.
  case loss
}
