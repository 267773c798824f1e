import Auditing
import Configurations
import Datasets
import Models
import Platform
import Tuning

/// Audits a model on a dataset, or another system's decisions that the dataset holds.
///
/// - Throws: `invalidConfig` when the configuration does not fit, `invalidData` when the rows do not.
public func audit(_ model: Model?, on dataset: Dataset, _ config: AuditConfig) throws -> JSONValue {
  try audit(model, on: dataset, config, TunedGroupLearner())
}

/// The same, compared with the audit of other rows, such as those of training.
///
/// - Parameter reference: audited first, alike; nil: there is nothing to compare with.
/// - Throws: also `invalidConfig` when the configuration names an earlier report, too.
public func audit(
  _ model: Model?, on dataset: Dataset, comparedWith reference: Dataset?, _ config: AuditConfig
) throws -> JSONValue {
  try audit(model, on: dataset, comparedWith: reference, config, TunedGroupLearner())
}
