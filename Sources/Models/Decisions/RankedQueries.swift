import Datasets

/// The rows of each query of a dataset.
package struct RankedQueries {
  package struct Query {
    /// Ascending.
    package var rows: [Int]
    /// Determines the draw of a random ranking.
    package let key: UInt64
  }

  package private(set) var queries: [Query] = []

  /// - Parameter name: the column that identifies the query; nil: all rows are one query.
  /// - Throws: `invalidData` if the column is absent.
  package init(of dataset: Dataset, in name: String?) throws {
    guard let name else {
      queries = [Query(rows: Array(0..<dataset.rows), key: 0)]
      return
    }
    let categories = try dataset.column(name).categories()
    queries = categories.names.map { Query(rows: [], key: RowKeys.key(of: $0)) }
    var missing: [Int] = []
    for row in 0..<dataset.rows {
      let code = Int(categories.codes.pointer[row])
      if queries.indices.contains(code) { queries[code].rows.append(row) } else { missing.append(row) }
    }
    if !missing.isEmpty { queries.append(Query(rows: missing, key: 0)) }
  }
}
