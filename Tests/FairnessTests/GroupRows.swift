import Platform

@testable import Fairness

/// Decisions of rows with equal labels, and their groups.
struct GroupRows {
  let decisions: [Float]
  let codes: [Int32]
  let label: Float

  /// - Parameter groups: the number of rows, and of positive decisions, of each group.
  init(_ groups: [(rows: Int, selected: Int)], label: Float = 1) {
    decisions = groups.flatMap { group in (0..<group.rows).map { $0 < group.selected ? 1 : 0 } }
    codes = groups.enumerated().flatMap { place, group in
      [Int32](repeating: Int32(place), count: group.rows)
    }
    self.label = label
  }

  /// Calls `body` with the rows as a batch, their decisions as a signal, and their groups.
  func read<Result>(_ body: (Batch, UnsafePointer<Float>, BatchGroups) throws -> Result) throws -> Result {
    let (values, labels) = (
      try Buffer(copying: decisions), try Buffer(copying: [Float](repeating: label, count: decisions.count))
    )
    let places = try Buffer(copying: codes)
    return try withExtendedLifetime((values, labels, places)) {
      try body(
        Batch(
          task: .binary, rows: decisions.count, width: 1, outputs: values.pointer, labels: labels.pointer),
        values.pointer, BatchGroups(codes: places.pointer, count: Int(codes.max() ?? 0) + 1))
    }
  }
}
