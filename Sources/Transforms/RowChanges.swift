import Platform

/// The changes of rows and columns by a step, for its report.
struct RowChanges {
  var dropped = Rows()
  var copied = Rows()
  var relabelled = Rows()
  var synthetic = 0
  var weights = false
  var columns: [String] = []
  var removed: [String] = []
  var addedColumns: [String] = []

  /// The number of rows, and the indices of the first ones.
  struct Rows {
    private(set) var count = 0
    private(set) var first: [Int] = []
    /// The maximum number of row indices in a report.
    static let listed = 1000

    mutating func add(_ origin: Int) {
      count += 1
      if first.count < Self.listed, origin >= 0 { first.append(origin) }
    }

    var json: JSONValue { ["count": .integer(count), "rows": .array(first.map { .integer($0) })] }
  }
}
