import Engine
import Platform

/// Rows in the memory of XGBoost's library.
public final class XGBoostRows {
  private let library: XGBoostLibrary
  let handle: XGBoostLibrary.Handle
  public let rows: Int
  /// For each categorical feature, the categories that occur in training; values that are not one of them get the
  /// number after the largest.
  let categories: [Int: Set<Int>]

  /// - Parameters:
  ///   - values: (rows, features), NaN for missing numbers; copied.
  ///   - unseen: features whose values are hidden.
  /// - Throws: `unsupported` if the library reports an error; `outOfMemory`.
  init(
    _ library: XGBoostLibrary, _ values: Buffer<Float>, rows: Int, features: Int, unseen: Set<Int>,
    categories: [Int: Set<Int>]
  ) throws {
    let copy = try Buffer<Float>(count: rows * features, for: "rows for growing trees")
    copy.pointer.update(from: values.pointer, count: rows * features)
    for (feature, seen) in categories {
      let none = Float((seen.max() ?? -1) + 1)
      for row in 0..<rows {
        let place = row * features + feature
        let category = Self.category(copy.pointer[place])
        copy.pointer[place] = category.flatMap { seen.contains($0) ? Float($0) : nil } ?? none
      }
    }
    for feature in unseen where (0..<features).contains(feature) {
      for row in 0..<rows { copy.pointer[row * features + feature] = .nan }
    }
    var matrix: XGBoostLibrary.Handle?
    try library.check(library.createMatrix(copy.pointer, UInt64(rows), UInt64(features), .nan, &matrix))
    guard let matrix else { throw Failure.unsupported("XGBoost made no matrix") }
    (self.library, handle, self.rows, self.categories) = (library, matrix, rows, categories)
    try nameCategorical(features: features)
  }

  deinit { _ = library.freeMatrix(handle) }

  /// The categories of each categorical feature that occur in rows. Values that are not a category (negative or
  /// missing numbers) are none; trees of all formats send them to the same side.
  static func categories(_ values: Buffer<Float>, rows: Int, features: Int, categorical: Set<Int>) -> [Int:
    Set<Int>]
  {
    var result: [Int: Set<Int>] = [:]
    for feature in categorical {
      var seen = Set<Int>()
      for row in 0..<rows {
        if let category = category(values.pointer[row * features + feature]) { seen.insert(category) }
      }
      result[feature] = seen
    }
    return result
  }

  private static func category(_ number: Float) -> Int? {
    number > -1 && number < Float(DecisionTrees.maximumCategory) ? Int(number) : nil
  }

  private func nameCategorical(features: Int) throws {
    guard !categories.isEmpty else { return }
    try "c".withCString { category in
      try "float".withCString { number in
        var types = (0..<features).map { Optional(categories[$0] == nil ? number : category) }
        try library.check(library.setFeatures(handle, "feature_type", &types, UInt64(features)))
      }
    }
  }
}
