import Neighbours
import Platform

/// SMOTE from the support vectors of a machine that separates a part from all others (Nguyen, Cooper and Kamel 2011,
/// "Borderline over-sampling for imbalanced data classification"). From a support vector of which at least half of the
/// `among` nearest neighbours belong to other parts, new rows lie towards neighbours of its part; from any other one
/// they lie on the far side of it, so that the part grows where others are few. Support vectors without a neighbour of
/// their part are noise and are not used.
public struct SVMSMOTE: TransformStep {
  var settings = SMOTESettings()
  var among = 10
  var outward = 0.5

  public init() {}

  public static let name = "svm_smote"
  public static let summary =
    "SMOTE that starts only from the support vectors of a support vector machine (Nguyen, Cooper and Kamel 2011)."
  public static let fields: [ConfigField<SVMSMOTE>] =
    SMOTESettings.fields(\.settings) + [
      ConfigField(
        "among", \.among, in: 1...1000,
        "The number of nearest neighbours that decide whether new rows lie between rows or outward."),
      ConfigField(
        "outward", \.outward, in: 0...10,
        "How far outward new rows lie at most, as a share of the distance to a neighbour."),
    ]

  /// The maximum number of rows that the machine learns from. From a larger table, this number is drawn at random.
  private static let largest = 4000

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let strata = try settings.sampling.strata(rows, work)
    let lacking = settings.sampling.lacking(strata, &work)
    let space = try FeatureSpace(
      settings.numberColumns(rows, work), options: .init(scaled: settings.scaled), work)
    let all = try space.encoded(all: rows.count)
    var synthetic = SyntheticRows()
    var added = [Int](repeating: 0, count: lacking.count)
    for (part, own) in strata.rows.enumerated() where lacking[part] > 0 && own.count > 1 {
      let m = min(among, rows.count - 1)
      let support = try supportVectors(own, strata, space, &work)
      let around = try all.nearest(m, of: support.map { Int32($0) })
      let others = support.indices.map { place in
        (0..<m).count { Int(strata.codes.pointer[Int(around[place * m + $0])]) != part }
      }
      let kept = support.indices.filter { others[$0] < m }
      guard !kept.isEmpty else {
        work.note("no support vector of part \"\(strata.names[part])\" is near its own rows: none was added")
        continue
      }
      let k = SMOTESettings.within(own.count - 1, settings.neighbours, strata.names[part], &work)
      var places: [Int: Int32] = [:]
      for (place, row) in own.enumerated() { places[row] = Int32(clamping: place) }
      let found = try space.encoded(own).nearest(k, of: kept.map { places[support[$0]] ?? 0 })
      for _ in 0..<lacking[part] {
        let place = work.random.below(kept.count)
        let other = own[Int(found[place * k + work.random.below(k)])]
        let isInside = 2 * others[kept[place]] >= m
        try synthetic.add(
          from: support[kept[place]], to: other,
          share: work.random.uniform() * (isInside ? 1 : -outward))
      }
      added[part] = lacking[part]
    }
    try rows.append(like: synthetic.bases, columns: synthetic.columns(space, &work))
    return TrainingRowsOnly(strata.learnt(added: added))
  }

  /// The support vectors among the rows of a part.
  private func supportVectors(_ own: [Int], _ strata: Strata, _ space: FeatureSpace, _ work: inout StepWork)
    throws
    -> [Int]
  {
    let isOwn = Set(own)
    var others = (0..<strata.codes.count).filter { !isOwn.contains($0) }
    var chosen = own
    if own.count + others.count > Self.largest {
      work.note("the support vector machine reads \(Self.largest) rows, drawn at random")
      work.random.shuffle(&chosen)
      work.random.shuffle(&others)
      chosen = Array(chosen.prefix(max(Self.largest / 2, Self.largest - others.count))).sorted()
      others = Array(others.prefix(Self.largest - chosen.count)).sorted()
    }
    let points = try space.points(chosen + others)
    let machine = try SupportVectors(
      points, width: space.width, isFirst: (0..<chosen.count + others.count).map { $0 < chosen.count },
      gamma: SupportVectors.gamma(points, width: space.width))
    return machine.support.filter { $0 < chosen.count }.map { chosen[$0] }
  }
}
