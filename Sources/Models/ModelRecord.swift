import Configurations
import Fairness
import Platform

/// What a model is beside its reader and its networks: what columns and classes mean, how scores are decided, where it
/// came from.
package struct ModelRecord {
  /// The architecture's name, the format's, or the checkpoint's type.
  package var kind: String
  /// nil until a label tells.
  package var task: Fairness.Task?
  /// In the order of the outputs.
  package var classLabels: [String] = []
  /// What the columns of the data mean, as tuning was told.
  package var data: DataConfig?
  /// The probability from which the decision is positive.
  package var threshold = 0.5
  /// As a configuration has it; null: none.
  package var policy: JSONValue = .null
  /// What was written of where the model came from, when it was tuned or saved.
  package var provenance: JSONValue = .null

  package init(
    kind: String, task: Fairness.Task? = nil, classLabels: [String] = [], data: DataConfig? = nil,
    threshold: Double = 0.5, policy: JSONValue = .null, provenance: JSONValue = .null
  ) {
    self.kind = kind
    self.task = task
    self.classLabels = classLabels
    self.data = data
    self.threshold = threshold
    self.policy = policy
    self.provenance = provenance
  }
}
