import Datasets
import Platform

/// The parts of the rows that get synthetic rows, and the rows from which a model of them is learnt.
///
/// For parts of 50 rows or more, a tenth of the rows is held out from learning; `SyntheticFidelity` compares
/// their distances with those of the synthetic rows.
struct SyntheticParts {
  /// The columns that are synthesized.
  let columns: [Column]
  /// Of each part that lacks rows: the rows to learn from, and the number of rows that it lacks.
  private(set) var parts: [(learntFrom: [Int], lacking: Int)] = []
  private(set) var held: [Int] = []
  /// Rows of parts that are too small to learn from, which are copied.
  private var copies: [Int] = []
  private let counts: JSONValue

  /// - Parameter names: the columns that the step names.
  /// - Throws: `invalidConfig` below `work.pointer`; `invalidData` for missing values and tensors.
  init(_ rows: TransformRows, _ sampling: Sampling, columns names: [String], _ work: inout StepWork) throws {
    let strata = try sampling.strata(rows, work)
    let lacking = sampling.lacking(strata, &work)
    columns = try rows.columns(names, at: work.pointer)
    for column in columns { try FeatureMatrix.requireUsable(column, work) }
    guard !columns.isEmpty else { throw work.invalid("columns", "no input column is left for the step") }
    counts = strata.learnt(added: lacking)
    for (part, own) in strata.rows.enumerated() where lacking[part] > 0 {
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
      parts.append((order.dropFirst(apart).sorted(), lacking[part]))
    }
  }

  /// Appends the synthetic rows and copies.
  ///
  /// - Parameters:
  ///   - bases: for each new row, the row from which label, group and other columns are copied.
  ///   - values: the new rows' values of each column.
  ///   - members: further members of the report.
  func append(
    like bases: [Int], _ values: [[SyntheticValue]], to rows: inout TransformRows, _ work: inout StepWork,
    reporting members: [JSONValue.Member] = []
  ) throws -> TrainingRowsOnly {
    let made = try zip(columns, values).map { try SyntheticValue.column($0, $1) }
    var learnt = (counts.members ?? []) + members
    if !bases.isEmpty {
      let fidelity = SyntheticFidelity(
        real: columns, learntFrom: parts.flatMap(\.learntFrom), held: held, synthetic: made)
      learnt.append(.init("fidelity", try fidelity.json(&work)))
    }
    try rows.append(like: bases, columns: made)
    try rows.repeatRows(copies)
    return TrainingRowsOnly(.object(learnt))
  }
}
