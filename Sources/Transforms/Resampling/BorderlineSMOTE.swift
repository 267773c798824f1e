import Datasets
import Neighbours
import Platform

/// SMOTE from rows near the boundary only (Han, Wang and Mao 2005): rows for which at least half, but not
/// all, of the `among` nearest neighbours belong to other parts. Kind 1 interpolates towards neighbours of
/// the same part. Kind 2 does this for half of the new rows; the others go at most half of the way towards a
/// neighbour of another part.
public struct BorderlineSMOTE: TransformStep {
  var settings = SMOTESettings()
  var among = 10
  var kind = 1

  public init() {}

  public static let name = "borderline_smote"
  public static let summary = "SMOTE that starts only from rows near the boundary (Han, Wang and Mao 2005)."
  public static let fields: [ConfigField<BorderlineSMOTE>] =
    SMOTESettings.fields(\.settings) + [
      ConfigField(
        "among", \.among, in: 1...1000,
        "The number of nearest neighbours that decide whether a row is near the boundary."),
      ConfigField(
        "kind", \.kind, in: 1...2,
        "1: new rows lie towards neighbours of the same part only; 2: also towards neighbours of other "
          + "parts."),
    ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let strata = try settings.sampling.strata(rows, work)
    let lacking = settings.sampling.lacking(strata, &work)
    let space = try FeatureSpace(
      settings.numberColumns(rows, work), options: .init(scaled: settings.scaled), work)
    let members = strata.rows
    let all = try space.encoded(all: rows.count)
    var synthetic = SyntheticRows()
    var added = [Int](repeating: 0, count: lacking.count)
    for (part, own) in members.enumerated() where lacking[part] > 0 && own.count > 1 {
      let m = min(among, rows.count - 1)
      let around = try all.nearest(m, of: own.map { Int32($0) })
      let danger = own.indices.filter { place in
        let others = (0..<m).filter { Int(strata.codes.pointer[Int(around[place * m + $0])]) != part }.count
        return 2 * others >= m && others < m
      }
      guard !danger.isEmpty else {
        work.note("no row of part \"\(strata.names[part])\" is near the boundary: none was added")
        continue
      }
      let k = SMOTESettings.within(own.count - 1, settings.neighbours, strata.names[part], &work)
      let found = try space.encoded(own).nearest(k, of: danger.map { Int32($0) })
      let foreign = kind == 2 ? try neighboursOfOthers(danger.map { own[$0] }, part, strata, space) : nil
      for index in 0..<lacking[part] {
        let place = work.random.below(danger.count)
        let base = own[danger[place]]
        if let foreign, index % 2 == 1 {
          let other = foreign.rows[Int(foreign.nearest[place * foreign.k + work.random.below(foreign.k)])]
          try synthetic.add(from: base, to: other, share: work.random.uniform() / 2)
        } else {
          let other = own[Int(found[place * k + work.random.below(k)])]
          try synthetic.add(from: base, to: other, share: work.random.uniform())
        }
      }
      added[part] = lacking[part]
    }
    try rows.append(like: synthetic.bases, columns: synthetic.columns(space, &work))
    return TrainingRowsOnly(strata.learnt(added: added))
  }

  /// The nearest rows of other parts.
  private func neighboursOfOthers(_ bases: [Int], _ part: Int, _ strata: Strata, _ space: FeatureSpace) throws
    -> (
      rows: [Int], nearest: [Int32], k: Int
    )?
  {
    let others = (0..<strata.codes.count).filter {
      strata.codes.pointer[$0] >= 0 && Int(strata.codes.pointer[$0]) != part
    }
    let k = min(settings.neighbours, others.count)
    guard k > 0 else { return nil }
    return (others, try space.encoded(others).nearest(k, to: space.points(bases)).neighbours, k)
  }
}
