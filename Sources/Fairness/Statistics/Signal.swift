/// Which number of a row an objective works on.
public enum Signal: String, CaseIterable, Sendable {
  /// The model's raw output: the logit, or the value in regression.
  case logit
  /// σ(logit), or the softmax.
  case probability
  /// σ(logit / temperature): nearly the decision itself, and still with a gradient.
  case decision
  /// The row's own prediction loss.
  case loss
}
