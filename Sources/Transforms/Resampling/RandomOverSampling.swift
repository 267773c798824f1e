import Platform

/// Copies rows of small parts, drawn at random with replacement, until each part has the configured share of
/// the largest part's rows.
public struct RandomOverSampling: TransformStep {
  var sampling = Sampling()

  public init() {}

  public static let name = "random_oversampling"
  public static let summary = "Copies randomly drawn rows of small parts."
  public static let fields: [ConfigField<RandomOverSampling>] = Sampling.fields(
    \.sampling, ratio: Sampling.overRatio)

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let strata = try sampling.strata(rows, work)
    let lacking = sampling.lacking(strata, &work)
    var drawn: [Int] = []
    try drawn.makeRoom(for: lacking.reduce(0, +), purpose: "copies of rows")
    for (part, own) in zip(lacking, strata.rows) where part > 0 {
      for _ in 0..<part { drawn.append(own[work.random.below(own.count)]) }
    }
    try rows.repeatRows(drawn)
    return TrainingRowsOnly(strata.learnt(added: lacking))
  }
}

extension Strata {
  /// The report of a resampling: the number of rows added to each part, or dropped (negative).
  func learnt(added: [Int]) -> JSONValue {
    [
      "parts": .array(
        zip(names, zip(counts, added)).prefix(1000).map {
          ["part": .string($0), "rows": .integer($1.0), "added": .integer($1.1)]
        })
    ]
  }
}
