import Platform

/// Named columns of equal length. Only one thread may add columns. After it was passed to an operation, a
/// dataset must not change; any number of threads may read it.
public final class Dataset: @unchecked Sendable {
  public let rows: Int
  public private(set) var columns: [Column] = []
  private var places: [String: Int] = [:]

  /// - Throws: `invalidArgument` for a negative number of rows.
  public init(rows: Int) throws {
    guard rows >= 0 else { throw Failure.invalidArgument("rows is \(rows); at least 0 is accepted") }
    self.rows = rows
    // Most tables have this many columns; growing to them would hash the first ones again and again.
    places.reserveCapacity(12)
  }

  public convenience init(_ columns: [Column]) throws {
    try self.init(rows: columns.first?.rows ?? 0)
    for column in columns { try add(column) }
  }

  public var names: [String] { columns.map(\.name) }

  /// - Throws: `invalidArgument` (location: the column) for a name that is already used, or another length.
  public func add(_ column: Column) throws {
    guard column.rows == rows else {
      throw Failure.invalidArgument(
        "column \"\(column.name)\" has \(column.rows) rows; the dataset has \(rows)", at: column.name)
    }
    guard places[column.name] == nil else {
      throw Failure.invalidArgument(
        "column \"\(column.name)\" is in the dataset already; give it another name", at: column.name)
    }
    places[column.name] = columns.count
    columns.append(column)
  }

  public func contains(_ name: String) -> Bool { places[name] != nil }

  /// - Throws: `invalidData` (location: the name) for an unknown column; the message suggests the closest
  ///   name.
  public func column(_ name: String) throws -> Column {
    guard let place = places[name] else {
      throw Failure(
        .invalidData,
        "there is no column \"\(name)\"\(Suggestion.phrase(for: name, among: names))", at: name)
    }
    return columns[place]
  }

  /// A dataset of the given rows, in the given order; a row may be repeated.
  ///
  /// - Throws: `invalidArgument` for a row outside 0..<rows.
  public func selecting(rows chosen: [Int]) throws -> Dataset {
    if let outside = chosen.first(where: { $0 < 0 || $0 >= rows }) {
      throw Failure.invalidArgument("row \(outside) is not among the \(rows) rows")
    }
    let result = try Dataset(rows: chosen.count)
    for column in columns { try result.add(column.selecting(rows: chosen)) }
    return result
  }

  /// A dataset of some of the columns; the values are shared.
  public func selecting(columns names: [String]) throws -> Dataset {
    let result = try Dataset(rows: rows)
    for name in names { try result.add(column(name)) }
    return result
  }
}
