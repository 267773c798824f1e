import Datasets
import Platform

/// The columns with the probability of each group, where groups are not observed.
package struct GroupColumns: Equatable, Sendable {
  package let groups: [String]
  package let columns: [String]

  /// - Parameter entries: for each group its column.
  package init(_ entries: [(key: String, value: String)]) {
    (groups, columns) = (entries.map(\.key), entries.map(\.value))
  }

  package var json: JSONValue { .object(zip(groups, columns).map { .init($0, .string($1)) }) }

  /// - Throws: `invalidModel` for JSON that does not name columns.
  init(recorded json: JSONValue) throws {
    let members = json.members ?? []
    (groups, columns) = (members.map(\.key), members.compactMap(\.value.string))
    guard columns.count == groups.count, columns.count > 1, Set(groups).count == groups.count else {
      throw Failure.invalidModel("its decision does not name columns of probabilities")
    }
  }

  /// The probabilities of the rows, row-major (rows, groups), each row divided by its sum.
  ///
  /// - Throws: `invalidData` if a column is absent, a value is not a probability, or a row's sum is not 1.
  package func probabilities(of dataset: Dataset) throws -> Buffer<Double> {
    let values = try columns.map { try dataset.column($0).doubles() }
    let result = try Buffer<Double>(count: dataset.rows * columns.count, for: "probabilities")
    for row in 0..<dataset.rows {
      var sum = 0.0
      for (name, column) in zip(columns, values) {
        let value = column.pointer[row]
        guard value >= 0, value <= 1 else {
          throw Failure.invalidColumn(name, "row \(row): \(value) is not a probability")
        }
        sum += value
      }
      guard abs(sum - 1) < 1e-3 else {
        throw Failure.invalidColumn(
          columns[0],
          "row \(row): the probabilities of the groups have the sum \(Float(sum)) instead of 1; a column of the remaining "
            + "groups may be missing")
      }
      for (place, column) in values.enumerated() {
        result.pointer[row * columns.count + place] = column.pointer[row] / sum
      }
    }
    return result
  }
}
