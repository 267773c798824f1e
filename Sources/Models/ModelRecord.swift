import Configurations
import Fairness
import Platform

/// The data of a model in addition to its reader and network: the meaning of columns and classes, the
/// decision, the origin.
package struct ModelRecord {
  /// The name of the architecture or format, or the type of the checkpoint.
  package var kind: String
  /// nil if it is not known before labels are read.
  package var task: Fairness.Task?
  /// In the order of the outputs.
  package var classLabels: [String] = []
  /// The meaning of the columns in the training data.
  package var data: DataConfig?
  /// The smallest probability of a positive decision.
  package var threshold = 0.5
  /// Changes of scores and decisions learnt after training.
  package var adjustments = ModelAdjustments()
  /// The policy as in a configuration; null: none.
  package var policy: JSONValue = .null
  /// The recorded origin of the model, from its tuning or saving.
  package var provenance: JSONValue = .null

  package init(
    kind: String, task: Fairness.Task? = nil, classLabels: [String] = [], data: DataConfig? = nil,
    threshold: Double = 0.5, adjustments: ModelAdjustments = ModelAdjustments(), policy: JSONValue = .null,
    provenance: JSONValue = .null
  ) {
    self.kind = kind
    self.task = task
    self.classLabels = classLabels
    self.data = data
    self.threshold = threshold
    self.adjustments = adjustments
    self.policy = policy
    self.provenance = provenance
  }
}
