import Datasets
import Platform

/// Synthetic rows from a Gaussian copula fitted to each part's rows (Patki, Wedge and Veeramachaneni 2016,
/// "The synthetic data vault", section 3): each column keeps its distribution, and the normal scores have the
/// correlations of the rows. A category is an interval of [0, 1] whose width is its share.
///
/// For parts of 50 rows or more, a tenth of the rows is held out from fitting. The report compares the
/// distances of synthetic rows to the fitted rows with the distances of the held-out rows to them.
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
    let strata = try sampling.strata(rows, work)
    let lacking = sampling.lacking(strata, &work)
    let chosen = try rows.columns(columns, at: work.pointer)
    for column in chosen { try FeatureMatrix.requireComplete(column, work) }
    guard !chosen.isEmpty else { throw work.invalid("columns", "no input column is left for the step") }
    var bases: [Int] = []
    var copies: [Int] = []
    var values = [[CopulaValue]](repeating: [], count: chosen.count)
    var learntFrom: [Int] = []
    var held: [Int] = []
    for (part, own) in strata.rows.enumerated() where lacking[part] > 0 {
      try HostCall.check()
      guard own.count > 2 else {
        work.note(
          "part \"\(strata.names[part])\" has \(own.count) rows, too few to learn from: they are copied")
        for index in 0..<lacking[part] { copies.append(own[index % own.count]) }
        continue
      }
      var order = own
      work.random.shuffle(&order)
      let apart = own.count >= 50 ? own.count / 10 : 0
      held += order.prefix(apart)
      let rest = Array(order.dropFirst(apart)).sorted()
      learntFrom += rest
      let copula = try CopulaModel(chosen, rows: rest)
      for _ in 0..<lacking[part] {
        bases.append(rest[work.random.below(rest.count)])
        for (index, value) in copula.draw(&work.random).enumerated() { values[index].append(value) }
      }
    }
    let made = try zip(chosen, values).map { try CopulaValue.column($0, $1) }
    var learnt = strata.learnt(added: lacking).members ?? []
    if !bases.isEmpty {
      let fidelity = SyntheticFidelity(real: chosen, learntFrom: learntFrom, held: held, synthetic: made)
      learnt.append(.init("fidelity", try fidelity.json(&work)))
    }
    try rows.append(like: bases, columns: made)
    try rows.repeatRows(copies)
    return TrainingRowsOnly(.object(learnt))
  }
}

/// A number, or the index of a row with the category.
enum CopulaValue {
  case number(Double)
  case row(Int)

  /// The values as a column of the same type.
  static func column(_ column: Column, _ values: [CopulaValue]) throws -> Column {
    let rows = values.compactMap { if case .row(let row) = $0 { row } else { nil } }
    guard rows.count < values.count || values.isEmpty else { return try column.selecting(rows: rows) }
    let numbers = values.compactMap { if case .number(let number) = $0 { number } else { nil } }
    switch column.values {
    case .float32:
      return try Column(name: column.name, values: .float32(Buffer(copying: numbers.map { Float($0) })))
    case .int64:
      return try Column(name: column.name, integers: numbers.map { Int64(exactly: $0.rounded()) ?? 0 })
    case .text: return try column.selecting(rows: [])
    default: return try Column(name: column.name, numbers: numbers)
    }
  }
}
