import Platform
import TableKernels

/// The encoding of a categorical column: one slot per category (one-hot), or a single index for an embedding
/// if there are many categories. Category k has index k, followed by the indices for rare, missing and unseen
/// categories, if these exist.
public struct CategoryEncoding: Equatable, Sendable {
  /// The categories with their own index.
  public let categories: [String]
  /// Whether rare and unseen categories share an index.
  public let hasOther: Bool
  /// Whether missing values have their own index.
  public let hasMissing: Bool
  /// Whether unseen categories have their own index.
  public let hasUnseen: Bool
  /// Whether there is a single slot with the index instead of one slot per index.
  public let isIndex: Bool

  /// The number of indices: the vocabulary size of the embedding.
  public var vocabularySize: Int {
    categories.count + (hasOther ? 1 : 0) + (hasMissing ? 1 : 0) + (hasUnseen ? 1 : 0)
  }
  /// The number of inputs that the column takes.
  public var width: Int { isIndex ? 1 : vocabularySize }
  /// The valid category numbers in a row of raw features are 0..<limit; the last one may be "other".
  public var limit: Int { categories.count + (hasOther ? 1 : 0) }

  /// The index of unseen categories; -1: all slots are zero.
  public var unseenPlace: Int {
    if hasOther { return categories.count }
    return hasUnseen ? vocabularySize - 1 : -1
  }
  /// The index of missing values; -1: all slots are zero.
  public var missingPlace: Int { hasMissing ? limit : unseenPlace }

  /// The largest range of integers that a float represents exactly.
  static let maximumVocabulary = 1 << 24

  /// Fits the encoding to `rows` of the column; nil: all rows.
  static func fit(_ column: Column, rows: [Int]?, options: EncoderOptions) throws -> CategoryEncoding {
    let found = try column.categories()
    var counts = [Int](repeating: 0, count: found.names.count)
    var missing = 0
    let count = rows?.count ?? column.rows
    for index in 0..<count {
      let code = Int(found.codes.pointer[rows.map { $0[index] } ?? index])
      if code < 0 { missing += 1 } else { counts[code] += 1 }
    }
    let kept = counts.indices.filter { counts[$0] >= max(options.minFrequency, 1) }
    let hasOther = counts.contains { $0 > 0 && $0 < options.minFrequency }
    let isIndex = kept.count > options.maxOneHot
    let result = CategoryEncoding(
      categories: kept.map { found.names[$0] }, hasOther: hasOther,
      hasMissing: options.missingCategory && missing > 0,
      // An embedding has a row for unseen categories.
      hasUnseen: !hasOther && (isIndex || options.unseen == .ownSlot), isIndex: isIndex)
    guard result.vocabularySize > 0 else {
      throw Failure(
        .invalidData,
        "column \"\(column.name)\" has no value in the training rows; exclude it", at: column.name)
    }
    guard result.vocabularySize <= maximumVocabulary else {
      throw Failure.unsupported(
        "column \"\(column.name)\" has \(kept.count) categories; at most \(maximumVocabulary) are encoded "
          + "(min_frequency folds rare ones)", at: column.name)
    }
    return result
  }

  /// The index of each of a column's categories.
  func places(of names: [String]) -> [Int32] {
    let known = Dictionary(zip(categories, 0...)) { first, _ in first }
    return names.map { Int32(clamping: known[$0] ?? unseenPlace) }
  }

  func kernel(input: Int, offset: Int) -> encoded_category {
    encoded_category(
      input: Int32(clamping: input), offset: Int32(clamping: offset), width: Int32(clamping: width),
      limit: Int32(clamping: limit), missing_place: Int32(clamping: missingPlace),
      unseen_place: Int32(clamping: unseenPlace), is_index: isIndex)
  }

  var json: [JSONValue.Member] {
    [
      .init("categories", .strings(categories)), .init("other", .bool(hasOther)),
      .init("missing", .bool(hasMissing)), .init("unseen", .bool(hasUnseen)), .init("index", .bool(isIndex)),
    ]
  }
}
