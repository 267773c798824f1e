import Datasets
import Platform

/// Trains a model that predicts the groups of rows, for the analysis of proxies. The implementation is in
/// Tuning, which this module cannot import.
package protocol GroupLearner: Sendable {
  /// The scores of rows by a logistic model trained on other rows: (rows) for two groups, otherwise (rows,
  /// groups).
  ///
  /// - Parameter label: the column with the groups' numbers.
  func scores(of rows: Dataset, learning label: String, from training: Dataset, _ settings: GroupLearning)
    throws
    -> Buffer<Float>
}

/// The training settings.
package struct GroupLearning {
  /// Whether there are exactly two groups.
  package let isBinary: Bool
  package let epochs: Int
  package let batchSize: Int
  package let seed: Int
}
