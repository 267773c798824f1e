import Platform

/// The dimensions of a value without its rows: (64) for a hidden layer, (3, 32, 32) for an image,
/// and () for one number. For a parameter, all its dimensions.
public struct Shape: Equatable, Sendable, CustomStringConvertible {
  public let dimensions: [Int]
  /// The product of the dimensions.
  public let count: Int

  /// - Throws: `invalidModel` for a negative dimension, or a product that is larger than any memory.
  public init(_ dimensions: [Int]) throws {
    var count = 1
    for dimension in dimensions {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard dimension >= 0, !overflow, product <= 1 << 40 else {
        throw Failure.invalidModel("the shape \(dimensions) is not one that memory holds")
      }
      count = product
    }
    self.dimensions = dimensions
    self.count = count
  }

  /// The shape (width).
  public init(width: Int) {
    dimensions = [max(width, 0)]
    count = max(width, 0)
  }

  public static let scalar = Shape()
  private init() {
    dimensions = []
    count = 1
  }

  /// The last dimension; 1 for a scalar.
  public var last: Int { dimensions.last ?? 1 }

  public var description: String { "(\(dimensions.map(String.init).joined(separator: ", ")))" }
}
