import Configurations
import Fairness
import Platform

/// How models are judged before and after the tuning.
struct JudgingSettings {
  private var selection: AuditSelection
  /// The attributes that objectives and early stopping read.
  private let attributes: [AttributeReference]
  let threshold: Double

  init(
    _ selection: AuditSelection, _ policy: PolicyConfig?, threshold: Double, attributes: [AttributeReference]
  ) {
    self.selection = selection
    self.selection.policy = policy
    self.threshold = threshold
    self.attributes = attributes
  }

  /// The options of the audits: all attributes that any part of the tuning reads.
  func selection(_ data: DataConfig) -> AuditSelection {
    var selection = selection
    if selection.by.isEmpty { selection.by = data.sensitive.map { AttributeReference([$0.name]) } }
    for attribute in attributes where attribute != .terms && !selection.by.contains(attribute) {
      selection.by.append(attribute)
    }
    return selection
  }
}
