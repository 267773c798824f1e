import Datasets
import Neighbours
import Platform

/// Reduces large parts by clustering (k-means, Lloyd 1982, initialized by k-means++, Arthur and Vassilvitskii
/// 2007) with one cluster per remaining row (Yen and Lee 2009). The cluster centres become synthetic rows, or
/// the rows nearest to them are kept.
public struct ClusterCentroids: TransformStep {
  var sampling = Sampling()
  var centres = Centres.rows
  var columns: [String] = []
  var scaled = true
  var iterations = 30

  /// The row that represents a cluster.
  enum Centres: String, ConfigChoice, Sendable { case rows, means }

  public init() {}

  public static let name = "cluster_centroids"
  public static let summary =
    "Replaces the rows of large parts by one row for each cluster of k-means."
  public static let fields: [ConfigField<ClusterCentroids>] =
    Sampling.fields(\.sampling, ratio: Sampling.underRatio) + [
      ConfigField(
        "centres", \.centres,
        "rows: the row nearest to a cluster's centre stays; means: the cluster's mean becomes a new row."
      ),
      ConfigField("columns", \.columns, "The columns in which distances are measured. Default: all inputs."),
      ConfigField(
        "scaled", \.scaled,
        "Whether numbers are divided by their standard deviations in distances; otherwise they are "
          + "used unchanged."),
      ConfigField("iterations", \.iterations, in: 1...1000, "The maximum number of iterations of k-means."),
    ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let strata = try sampling.strata(rows, work)
    let kept = sampling.kept(strata, &work)
    var settings = SMOTESettings()
    (settings.columns, settings.scaled) = (columns, scaled)
    let space = try FeatureSpace(settings.numberColumns(rows, work), options: .init(scaled: scaled), work)
    var dropped: [Int] = []
    var means: [(base: Int, members: [Int])] = []
    for (part, own) in strata.rows.enumerated() where kept[part] < own.count {
      let points = try space.points(own)
      let clusters = try KMeans(
        points, rows: own.count, width: space.width, clusters: kept[part], iterations: iterations,
        &work.random)
      if centres == .means {
        dropped += own
        for members in clusters.members where !members.isEmpty {
          means.append((own[members[0]], members.map { own[$0] }))
        }
      } else {
        let stays = Set(try clusters.nearestRows(points, rows: own.count))
        dropped += own.indices.filter { !stays.contains($0) }.map { own[$0] }
      }
    }
    if centres == .means {
      try rows.append(
        like: means.map(\.base), columns: space.numbers.map { try Self.mean($0, of: means.map(\.members)) })
    }
    try rows.drop(dropped)
    return TrainingRowsOnly(strata.learnt(added: zip(kept, strata.counts).map { $0 - $1 }))
  }

  private static func mean(_ column: Column, of clusters: [[Int]]) throws -> Column {
    let numbers = try column.doubles()
    let means = clusters.map { rows in rows.reduce(0) { $0 + numbers.pointer[$1] } / Double(rows.count) }
    switch column.values {
    case .float32:
      return try Column(name: column.name, values: .float32(Buffer(copying: means.map { Float($0) })))
    case .int64:
      return try Column(name: column.name, integers: means.map { Int64(exactly: $0.rounded()) ?? 0 })
    default: return try Column(name: column.name, numbers: means)
    }
  }
}
