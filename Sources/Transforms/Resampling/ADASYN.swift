import Datasets
import Neighbours
import Platform

/// Adds synthetic rows where classification is difficult (He, Bai, Garcia and Li 2008): the number of new
/// rows that start from a row of a small part is proportional to the share of other parts among the row's
/// nearest neighbours.
public struct ADASYN: TransformStep {
  var settings = SMOTESettings()

  public init() {}

  public static let name = "adasyn"
  public static let summary = "Creates rows where other parts are near (He, Bai, Garcia and Li 2008)."
  public static let fields: [ConfigField<ADASYN>] = SMOTESettings.fields(\.settings)

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let strata = try settings.sampling.strata(rows, work)
    let lacking = settings.sampling.lacking(strata, &work)
    let space = try FeatureSpace(
      settings.numberColumns(rows, work), options: .init(scaled: settings.scaled), work)
    let all = try space.encoded(all: rows.count)
    var synthetic = SyntheticRows()
    var added = [Int](repeating: 0, count: lacking.count)
    for (part, own) in strata.rows.enumerated() where lacking[part] > 0 && own.count > 1 {
      let m = min(settings.neighbours, rows.count - 1)
      let around = try all.nearest(m, of: own.map { Int32($0) })
      let shares = own.indices.map { place in
        Double((0..<m).filter { Int(strata.codes.pointer[Int(around[place * m + $0])]) != part }.count)
          / Double(m)
      }
      let total = shares.reduce(0, +)
      guard total > 0 else {
        work.note("no row of part \"\(strata.names[part])\" has a neighbour of another part: none was added")
        continue
      }
      let k = SMOTESettings.within(own.count - 1, settings.neighbours, strata.names[part], &work)
      let found = try space.encoded(own).nearestOfEach(k)
      for (place, share) in shares.enumerated() {
        for _ in 0..<Int((share / total * Double(lacking[part])).rounded()) {
          let other = own[Int(found[place * k + work.random.below(k)])]
          try synthetic.add(from: own[place], to: other, share: work.random.uniform())
          added[part] += 1
        }
      }
    }
    try rows.append(like: synthetic.bases, columns: synthetic.columns(space, &work))
    return TrainingRowsOnly(strata.learnt(added: added))
  }
}
