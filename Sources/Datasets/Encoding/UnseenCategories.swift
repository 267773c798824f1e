import Platform

/// The rows of a column whose category did not occur in training.
public struct UnseenCategories: Equatable, Sendable {
  public let column: String
  public let rows: Int
  /// The first such row.
  public let firstRow: Int
  /// Up to ten of the categories, in order.
  public let categories: [String]

  public init(column: String, rows: Int, firstRow: Int, categories: [String]) {
    self.column = column
    self.rows = rows
    self.firstRow = firstRow
    self.categories = categories
  }
}

extension TableEncoder {
  /// The columns of a dataset with categories that did not occur in training. Columns whose rare categories
  /// share a slot are left out, because rare and new categories cannot be distinguished.
  ///
  /// - Throws: `outOfMemory`; `invalidData` for a column of tensors where categories are needed.
  public func unseenCategories(in dataset: Dataset) throws -> [UnseenCategories] {
    try slots.compactMap { slot in
      guard case .category(let encoding) = slot.encoding, !encoding.hasOther, dataset.contains(slot.name)
      else {
        return nil
      }
      let found = try dataset.column(slot.name).categories()
      let known = Set(encoding.categories)
      let isUnseen = found.names.map { !known.contains($0) }
      guard isUnseen.contains(true) else { return nil }
      var (rows, first) = (0, -1)
      for row in 0..<found.codes.count {
        let code = Int(found.codes.pointer[row])
        guard code >= 0, isUnseen[code] else { continue }
        if rows == 0 { first = row }
        rows += 1
      }
      guard rows > 0 else { return nil }
      let names = zip(found.names, isUnseen).filter(\.1).map(\.0)
      return UnseenCategories(
        column: slot.name, rows: rows, firstRow: first, categories: Array(names.prefix(10)))
    }
  }
}
