import Equipoise
import Platform

/// Rows of numbers from the host, checked.
struct FeatureRows {
  private let features: UnsafePointer<Float>
  private let rows: Int
  private let columns: Int

  /// - Throws: `invalidArgument` with the name of the invalid parameter.
  @inline(__always)
  init(_ features: UnsafePointer<Float>?, _ rows: Int, _ columns: Int) throws {
    self.features = try require(features, named: "features")
    self.rows = try requireCount(rows, named: "rows")
    self.columns = try requireCount(columns, named: "columns")
    guard !rows.multipliedReportingOverflow(by: columns).overflow else {
      throw Failure.invalidArgument("rows times columns is more than any memory holds", at: "rows")
    }
  }

  @inline(__always)
  func predict(by model: Model, _ scores: UnsafeMutablePointer<Float>?, _ scoresCount: Int) throws {
    try model.predict(
      features: features, rows: rows, columns: columns, scores: require(scores, named: "scores"),
      scoreCount: requireCount(scoresCount, named: "scores_count"))
  }

  @inline(__always)
  func decide(
    by model: Model, _ groups: UnsafePointer<Int32>?, _ keys: UnsafePointer<UInt64>?,
    _ scores: UnsafeMutablePointer<Float>?, _ scoresCount: Int,
    _ labels: UnsafeMutablePointer<Int32>?, _ labelsCount: Int
  ) throws {
    try model.decide(
      features: features, rows: rows, columns: columns, groups: groups, keys: keys,
      scores: require(scores, named: "scores"), scoreCount: requireCount(scoresCount, named: "scores_count"),
      labels: require(labels, named: "labels"), labelCount: requireCount(labelsCount, named: "labels_count"))
  }
}

/// Scores for texts from the host.
func predict(
  _ texts: UnsafePointer<UnsafePointer<CChar>?>?, _ rows: Int, by model: Model,
  _ scores: UnsafeMutablePointer<Float>?, _ scoresCount: Int
) throws {
  try model.predict(
    texts: require(texts, named: "texts"), rows: requireCount(rows, named: "rows"),
    scores: require(scores, named: "scores"), scoreCount: requireCount(scoresCount, named: "scores_count"))
}
