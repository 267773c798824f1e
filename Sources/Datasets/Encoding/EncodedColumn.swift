import Platform
import TableKernels

/// The position of one raw column in the encoded inputs.
public struct EncodedColumn: Equatable, Sendable {
  public enum Encoding: Equatable, Sendable {
    case number(NumberEncoding)
    case category(CategoryEncoding)
  }
  public enum Kind: String, Sendable { case number, category }

  public let name: String
  /// The first of its slots.
  public let offset: Int
  public let encoding: Encoding

  public var kind: Kind {
    if case .number = encoding { .number } else { .category }
  }
  public var width: Int {
    switch encoding {
    case .number(let number): number.width
    case .category(let category): category.width
    }
  }
  /// The names of the category numbers; empty for numbers.
  public var categories: [String] {
    if case .category(let category) = encoding { category.categories } else { [] }
  }
  /// Whether the slot holds an index for an embedding of `vocabularySize` rows.
  public var isIndex: Bool {
    if case .category(let category) = encoding { category.isIndex } else { false }
  }
  public var vocabularySize: Int {
    if case .category(let category) = encoding { category.vocabularySize } else { 0 }
  }

  /// Replaces this column's slots in an encoded row.
  ///
  /// - Parameters:
  ///   - row: the whole encoded row. Columns of numbers are not changed.
  ///   - category: the index in `categories`; -1 is missing, any other number is an unseen category.
  public func rewrite(_ row: UnsafeMutablePointer<Float>, to category: Int) {
    guard case .category(let encoding) = encoding else { return }
    var kernel = encoding.kernel(input: 0, offset: offset)
    let place =
      (0..<encoding.limit).contains(category)
      ? category : category == -1 ? encoding.missingPlace : encoding.unseenPlace
    encode_place(&kernel, Int32(clamping: place), row)
  }
}
