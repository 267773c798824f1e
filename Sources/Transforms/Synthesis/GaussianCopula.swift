import Datasets
import Platform

/// Synthetic rows from a Gaussian copula fitted to each part's rows (Patki, Wedge and Veeramachaneni 2016,
/// "The synthetic data vault", section 3): each column keeps its distribution, and the normal scores have the
/// correlations of the rows. A category is an interval of [0, 1] whose width is its share.
public struct GaussianCopula: TransformStep {
  var sampling = Sampling()
  var columns: [String] = []

  public init() {}

  public static let name = "gaussian_copula"
  public static let summary =
    "Creates rows of small parts from the distributions of their columns and the correlations of their ranks."
  public static let fields: [ConfigField<GaussianCopula>] =
    Sampling.fields(\.sampling, ratio: Sampling.overRatio) + [
      ConfigField(
        "columns", \.columns, "The columns that are synthesized. Default: all inputs of numbers and texts.")
    ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let synthetic = try SyntheticParts(rows, sampling, columns: columns, &work)
    var bases: [Int] = []
    var values = [[SyntheticValue]](repeating: [], count: synthetic.columns.count)
    for part in synthetic.parts {
      try HostCall.check()
      let copula = try CopulaModel(synthetic.columns, rows: part.learntFrom)
      for _ in 0..<part.lacking {
        bases.append(part.learntFrom[work.random.below(part.learntFrom.count)])
        for (index, value) in copula.draw(&work.random).enumerated() { values[index].append(value) }
      }
    }
    return try synthetic.append(like: bases, values, to: &rows, &work)
  }
}
