import Fairness
import Platform

/// What a model is beside its reader and its networks: what columns and classes mean, how scores are decided, where it
/// came from.
struct ModelRecord {
  /// The architecture's name, the format's, or the checkpoint's type.
  var kind: String
  /// nil until a label tells.
  var task: Fairness.Task?
  /// In the order of the outputs.
  var classLabels: [String] = []
  /// What the columns of the data mean, as tuning was told.
  var data: DataConfig?
  /// The probability from which the decision is positive.
  var threshold = 0.5
  /// As a configuration has it; null: none.
  var policy: JSONValue = .null
  /// What was written of where the model came from, when it was tuned or saved.
  var provenance: JSONValue = .null
}
