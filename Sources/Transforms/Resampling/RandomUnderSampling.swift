import Platform

/// Drops random rows of large parts until the smallest part has the configured share of each part's rows.
public struct RandomUnderSampling: TransformStep {
  var sampling = Sampling()

  public init() {}

  public static let name = "random_undersampling"
  public static let summary = "Drops randomly drawn rows of large parts."
  public static let fields: [ConfigField<RandomUnderSampling>] = Sampling.fields(
    \.sampling, ratio: Sampling.underRatio)

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let strata = try sampling.strata(rows, work)
    let kept = sampling.kept(strata, &work)
    var isKept = try [Bool].filled(with: true, count: rows.count, for: "rows")
    for (count, own) in zip(kept, strata.rows) where count < own.count {
      var drawn = own
      work.random.shuffle(&drawn)
      for row in drawn.dropFirst(count) { isKept[row] = false }
    }
    try rows.keep((0..<rows.count).filter { isKept[$0] })
    return TrainingRowsOnly(strata.learnt(added: zip(kept, strata.counts).map { $0 - $1 }))
  }
}
