import Auditing
import Configurations
import Datasets
import Models
import Platform
import Tuning

/// Audits a model on a dataset, or another system's decisions in the dataset.
///
/// - Throws: `invalidConfig` for a configuration that does not fit, `invalidData` for rows that do not.
public func audit(_ model: Model?, on dataset: Dataset, _ config: AuditConfig) throws -> JSONValue {
  try audit(model, on: dataset, config, TunedGroupLearner())
}

/// The same audit, compared with the audit of other rows, such as the training rows.
///
/// - Parameter reference: the other rows, audited first with the same configuration; nil: no comparison.
/// - Throws: in addition `invalidConfig` if the configuration names an earlier report too.
public func audit(
  _ model: Model?, on dataset: Dataset, comparedWith reference: Dataset?, _ config: AuditConfig
) throws -> JSONValue {
  try audit(model, on: dataset, comparedWith: reference, config, TunedGroupLearner())
}
