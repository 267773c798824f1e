import Datasets
import Neighbours
import Platform

/// Keeps the rows of large parts that are near the smallest part (Mani and Zhang 2003). Version 1: those with
/// the smallest mean distance to their nearest rows of the smallest part; version 2: to the farthest ones.
/// Version 3 first selects the nearest neighbours of the smallest part's rows, and of these keeps the ones
/// with the largest mean distance to their nearest rows.
public struct NearMiss: TransformStep {
  var sampling = Sampling()
  var version = 1
  var neighbours = 3
  var columns: [String] = []
  var scaled = true

  public init() {}

  public static let name = "near_miss"
  public static let summary =
    "Keeps only those rows of large parts that are near the smallest part (Mani and Zhang 2003)."
  public static let fields: [ConfigField<NearMiss>] =
    Sampling.fields(\.sampling, ratio: Sampling.underRatio) + [
      ConfigField(
        "version", \.version, in: 1...3,
        "1: keeps the rows with the smallest mean distance to the nearest rows of the smallest part; 2: "
          + "to its farthest rows; 3: keeps, among the neighbours of the smallest part's rows, the farthest "
          + "ones."),
      ConfigField(
        "neighbours", \.neighbours, in: 1...1000,
        "The number of rows of the smallest part in the mean distance."),
      ConfigField("columns", \.columns, "The columns in which distances are measured. Default: all inputs."),
      ConfigField(
        "scaled", \.scaled,
        "Whether numbers are divided by their standard deviations in distances; otherwise they are "
          + "used unchanged."),
    ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let strata = try sampling.strata(rows, work)
    let kept = sampling.kept(strata, &work)
    let members = strata.rows
    let space = try FeatureSpace(
      rows.columns(columns, at: work.pointer), options: .init(scaled: scaled), work)
    let present = strata.counts.indices.filter { strata.counts[$0] > 0 }
    guard let smallest = present.min(by: { strata.counts[$0] < strata.counts[$1] }) else {
      return TrainingRowsOnly()
    }
    let reference = members[smallest]
    var dropped: [Int] = []
    for (part, own) in members.enumerated() where part != smallest && kept[part] < own.count {
      try HostCall.check()
      let distances = try meanDistances(own, to: reference, space)
      let order: [Int]
      if version == 3 {
        let near = try neighboursOf(reference, among: own, space)
        // Rows that are not a neighbour of any row come last, the nearest of them first.
        order = own.indices.sorted {
          near[$0] != near[$1]
            ? near[$0]
            : distances[$0] != distances[$1] ? (distances[$0] > distances[$1]) == near[$0] : $0 < $1
        }
      } else {
        order = own.indices.sorted {
          distances[$0] != distances[$1] ? distances[$0] < distances[$1] : $0 < $1
        }
      }
      dropped += order.dropFirst(kept[part]).map { own[$0] }
    }
    try rows.drop(dropped)
    return TrainingRowsOnly(strata.learnt(added: zip(kept, strata.counts).map { $0 - $1 }))
  }

  /// The mean distance of each row to the nearest (version 2: the farthest) rows of the reference.
  private func meanDistances(_ rows: [Int], to reference: [Int], _ space: FeatureSpace) throws -> [Double] {
    let k = min(neighbours, reference.count)
    let count = version == 2 ? reference.count : k
    let set = try space.encoded(reference)
    var means: [Double] = []
    // Processed in pieces, because in version 2 each row has as many distances as there are reference rows.
    let piece = max(1, 4_000_000 / max(1, count))
    for start in stride(from: 0, to: rows.count, by: piece) {
      let some = Array(rows[start..<min(start + piece, rows.count)])
      let squares = try set.nearest(count, to: space.points(some)).squares
      for place in some.indices {
        let own = squares[place * count..<place * count + count]
        let chosen = version == 2 ? own.suffix(k) : own.prefix(k)
        means.append(chosen.reduce(0) { $0 + Double($1).squareRoot() } / Double(k))
      }
    }
    return means
  }

  private func neighboursOf(_ reference: [Int], among rows: [Int], _ space: FeatureSpace) throws -> [Bool] {
    let k = min(neighbours, rows.count)
    let found = try space.encoded(rows).nearest(k, to: space.points(reference)).neighbours
    var near = [Bool](repeating: false, count: rows.count)
    for place in found where place >= 0 { near[Int(place)] = true }
    return near
  }
}
