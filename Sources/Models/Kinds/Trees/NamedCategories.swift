import Datasets
import Formats
import Platform

/// Converts the categories that a model file names to the numbers that its trees use. Columns are identified
/// by their index in the network's input.
struct NamedCategories: Sendable {
  /// For each column, the names of its categories in the order of their numbers; nil: the file has no names.
  private let texts: [[String]?]
  /// For each column, whether all names are numbers, so that a numeric column also holds names.
  private let areNumbers: [Bool]

  /// The number of a category that is not named, by the place of the column; nil: it is missing.
  private let others: [Float]?
  /// For each column, the number of each name; the first of equal names counts.
  private let numbers: [[String: Float]]

  /// - Parameter hasOthers: whether what is not named is a category, too, behind those that are.
  init(_ network: Network, hasOthers: Bool = false) {
    var names = network.categoryNames
    // A column of texts that no operator tells apart, as one that is not used, has no names.
    let isText = hasOthers ? network.columnsAreTexts : []
    if names.isEmpty { names = isText.map { _ in [] } }
    let texts = names.enumerated().map { place, own -> [String]? in
      own.isEmpty && !(isText.indices.contains(place) && isText[place]) ? nil : own.map(Self.text)
    }
    self.texts = texts
    numbers = texts.map { own in
      Dictionary((own ?? []).enumerated().map { ($1, Float($0)) }, uniquingKeysWith: { first, _ in first })
    }
    others = hasOthers ? names.map { Float($0.count) } : nil
    areNumbers = names.map { own in !own.isEmpty && own.allSatisfy { $0.double != nil } }
  }

  var isEmpty: Bool { texts.allSatisfy { $0 == nil } }

  /// The names of a column's categories; nil: the file has no names for it.
  func texts(at place: Int) -> [String]? { texts.indices.contains(place) ? texts[place] : nil }

  /// Whether all names of a column's categories are numbers.
  func areNumbers(at place: Int) -> Bool { areNumbers.indices.contains(place) && areNumbers[place] }

  /// The name as tables contain it: Python's form for booleans, no fraction for whole numbers.
  private static func text(_ name: JSONValue) -> String {
    switch name {
    case .string(let text): text
    case .bool(let flag): flag ? "True" : "False"
    case let number: number.int.map { String($0) } ?? number.double.map { "\($0)" } ?? number.text()
    }
  }

  /// Whether a column's rows are names, which have numbers.
  private func names(_ column: Column, at place: Int) -> Bool {
    texts(at: place) != nil && (!column.isNumeric || areNumbers(at: place))
  }

  /// The texts of a column that has so few rows that looking up each is faster than finding the distinct ones first.
  private static func fewTexts(_ column: Column) -> TextValues? {
    guard column.rows <= 64, case .text(let texts) = column.values else { return nil }
    return texts
  }

  /// Writes the category numbers of a column's rows; NaN for a missing or unknown category.
  ///
  /// - Parameters:
  ///   - place: the column's index in the network's input.
  ///   - target: out, one number for each row, `stride` apart.
  /// - Returns: false, with nothing written, if the column already contains numbers of categories, or has no names.
  /// - Throws: the errors of `Column.categories`.
  func write(_ column: Column, at place: Int, to target: UnsafeMutablePointer<Float>, stride: Int) throws
    -> Bool
  {
    guard names(column, at: place) else { return false }
    let numbers = numbers[place]
    let other = others?[place] ?? .nan
    // Where others count, a missing text is the empty one.
    let missing = others == nil ? Float.nan : numbers[""] ?? other
    if let texts = Self.fewTexts(column) {
      for row in 0..<column.rows {
        target[row * stride] = column.isMissing(row) ? missing : numbers[texts.string(row)] ?? other
      }
      return true
    }
    let found = try column.categories()
    let own = found.names.map { numbers[$0] ?? other }
    for row in 0..<column.rows {
      let code = Int(found.codes.pointer[row])
      target[row * stride] = own.indices.contains(code) ? own[code] : missing
    }
    return true
  }

  /// The columns with categories that the file does not name, and the rows concerned.
  func unseen(in dataset: Dataset, columns: [String]) throws -> [UnseenCategories] {
    try columns.enumerated().compactMap { place, name in
      guard dataset.contains(name), let names = texts(at: place), !names.isEmpty else { return nil }
      let column = try dataset.column(name)
      guard self.names(column, at: place) else { return nil }
      let known = numbers[place]
      if let texts = Self.fewTexts(column),
        (0..<column.rows).allSatisfy({ column.isMissing($0) || known[texts.string($0)] != nil })
      {
        return nil
      }
      let found = try column.categories()
      let rows = (0..<column.rows).filter { row in
        let code = Int(found.codes.pointer[row])
        return found.names.indices.contains(code) && known[found.names[code]] == nil
      }
      guard let first = rows.first else { return nil }
      return UnseenCategories(
        column: name, rows: rows.count, firstRow: first,
        categories: Array(found.names.filter { known[$0] == nil }.prefix(10)))
    }
  }
}
