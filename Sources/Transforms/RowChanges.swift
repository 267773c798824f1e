import Platform

/// What a step did to rows and columns, for its report.
struct RowChanges {
  var dropped = Rows()
  var copied = Rows()
  var relabelled = Rows()
  var synthetic = 0
  var weights = false
  var columns: [String] = []
  var removed: [String] = []
  var addedColumns: [String] = []

  /// How many rows, and the numbers of the first of them.
  struct Rows {
    private(set) var count = 0
    private(set) var first: [Int] = []
    /// Reports list that many rows.
    static let listed = 1000

    mutating func add(_ origin: Int) {
      count += 1
      if first.count < Self.listed, origin >= 0 { first.append(origin) }
    }

    var json: JSONValue { ["count": .integer(count), "rows": .array(first.map { .integer($0) })] }
  }
}
