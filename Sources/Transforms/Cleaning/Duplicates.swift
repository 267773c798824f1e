import Datasets
import Platform

/// Drops rows that equal an earlier row in some columns; the first of equal rows stays.
public struct Duplicates: TransformStep {
  var columns: [String] = []
  var sumsWeights = false

  public init() {}

  public static let name = "duplicates"
  public static let summary = "Drops rows that are the same as an earlier one."
  public static let fields: [ConfigField<Duplicates>] = [
    ConfigField(
      "columns", \.columns,
      "The inputs that must be the same, in addition to label and groups. Default: every column except the "
        + "weight."
    ),
    ConfigField(
      "sum_weights", \.sumsWeights,
      "Whether the weights of dropped rows are added to that of the row that stays."),
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    var compared =
      try columns.isEmpty
      ? rows.dataset.columns.filter { $0.name != rows.roles.weight } : rows.columns(columns, at: work.pointer)
    if !columns.isEmpty {
      // Rows with another label or of another group are not duplicates.
      let apart = ([rows.roles.label].compactMap { $0 } + rows.roles.sensitive).filter {
        !columns.contains($0)
      }
      compared += try apart.filter(rows.dataset.contains).map(rows.dataset.column)
    }
    let firsts = try Self.firstAlike(compared, rows: rows.count, work)
    let kept = (0..<rows.count).filter { firsts[$0] == $0 }
    if sumsWeights, kept.count < rows.count {
      let weights = try Buffer<Double>(count: rows.count, for: "weights")
      for row in 0..<rows.count { weights.pointer[firsts[row]] += rows.weight(row) }
      rows.weigh(weights)
    }
    try rows.keep(kept)
    return TrainingRowsOnly(["compared": .strings(compared.map(\.name))])
  }

  /// For each row, the first row with the same values.
  private static func firstAlike(_ columns: [Column], rows: Int, _ work: StepWork) throws -> [Int] {
    try Memory.requireRoom(forRows: rows, for: "duplicates")
    // The number of each row's combination of values in the columns so far; for the next column, pairs of
    // this number and the value are numbered again.
    var numbers = [Int](repeating: 0, count: rows)
    for column in columns {
      try HostCall.check()
      if case .tensor = column.values {
        throw Failure.invalidColumn(column.name, "holds tensors, which \(work.pointer) does not compare")
      }
      let codes = try column.categories().codes
      var next: [Pair: Int] = [:]
      for row in 0..<rows {
        let pair = Pair(first: numbers[row], second: codes.pointer[row])
        let fresh = next.count
        let number = next[pair, default: fresh]
        if number == fresh { next[pair] = fresh }
        numbers[row] = number
      }
    }
    var firsts = [Int](repeating: -1, count: rows)
    return (0..<rows).map { row in
      if firsts[numbers[row]] < 0 { firsts[numbers[row]] = row }
      return firsts[numbers[row]]
    }
  }

  private struct Pair: Hashable {
    let first: Int
    let second: Int32
  }
}
