import Datasets
import Platform

/// Trains a model that tells the groups of rows, for the analysis of proxies: training is another module's.
package protocol GroupLearner: Sendable {
  /// Scores of rows by a logistic model that learnt from others: (rows) of two groups, else (rows, groups).
  ///
  /// - Parameter label: the column with the groups' numbers.
  func scores(of rows: Dataset, learning label: String, from training: Dataset, _ settings: GroupLearning)
    throws
    -> Buffer<Float>
}

/// How groups are learnt.
package struct GroupLearning {
  /// Whether there are two groups.
  package let isBinary: Bool
  package let epochs: Int
  package let batchSize: Int
  package let seed: Int
}
