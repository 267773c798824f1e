import Platform

/// The label of each row as a class.
public struct ClassCodes {
  /// In the order of the codes; for binary labels the negative class comes first.
  public let names: [String]
  /// The class of each row, 0 ..< names.count.
  public let codes: Buffer<Int32>

  /// - Parameter codes: indices into `names`.
  public init(names: [String], codes: Buffer<Int32>) {
    self.names = names
    self.codes = codes
  }

  func selecting(rows: [Int]) throws -> ClassCodes {
    ClassCodes(names: names, codes: try codes.selecting(rows: rows))
  }
}
