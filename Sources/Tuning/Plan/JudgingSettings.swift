import Configurations
import Fairness
import Platform

/// How models are judged before and after.
struct JudgingSettings {
  private var selection: AuditSelection
  /// That objectives and early stopping look at.
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

  /// What the audits report, of every attribute that something looks at.
  func selection(_ data: DataConfig) -> AuditSelection {
    var selection = selection
    if selection.by.isEmpty { selection.by = data.sensitive.map { AttributeReference([$0.name]) } }
    for attribute in attributes where attribute != .terms && !selection.by.contains(attribute) {
      selection.by.append(attribute)
    }
    return selection
  }
}
