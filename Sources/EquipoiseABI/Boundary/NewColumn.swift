import Datasets
import Platform

/// A column that the host adds to a dataset; its values are copied.
struct NewColumn {
  /// The maximum number of dimensions; images, sequences and videos have fewer.
  static let maximumRank = 8

  private let dataset: Dataset
  private let name: String
  private let validity: Buffer<UInt8>?

  /// - Throws: `invalidArgument` with the name of the invalid parameter.
  init(
    of handle: OpaquePointer?, name: UnsafePointer<CChar>?, validity bits: UnsafePointer<UInt8>?
  ) throws {
    let dataset = try borrow(Dataset.self, handle, named: "dataset")
    let bytes = dataset.rows / 8 + (dataset.rows % 8 == 0 ? 0 : 1)
    self.dataset = dataset
    self.name = try text(name, named: "name")
    validity = try bits.map { try Self.copy($0, count: bytes) }
  }

  /// Copies `width` values per row of the dataset.
  func copy<Element>(_ values: UnsafePointer<Element>?, width: Int = 1) throws -> Buffer<Element> {
    let (count, overflow) = dataset.rows.multipliedReportingOverflow(by: width)
    guard !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: "column \"\(name)\"") }
    if count == 0 { return try Buffer(count: 0) }
    return try Self.copy(try require(values, named: "values"), count: count)
  }

  func add(_ values: ColumnValues) throws {
    try Memory.check()
    try dataset.add(try Column(name: name, values: values, validity: validity))
  }

  /// Adds texts; NULL is a missing value.
  func addTexts(_ values: UnsafePointer<UnsafePointer<CChar>?>?) throws {
    let rows = dataset.rows
    if rows == 0 {
      try add(.text(try TextValues([String?]())))
      return
    }
    let values = try require(values, named: "values")
    let texts = try TextValues(copying: values, count: rows)
    var present: Buffer<UInt8>?
    for row in 0..<rows where values[row] == nil {
      let bits = try present ?? Self.allPresent(rows: rows)
      bits.elements[row >> 3] &= ~(1 << UInt8(row & 7))
      present = bits
    }
    try dataset.add(try Column(name: name, values: .text(texts), validity: present))
  }

  /// The dimensions of a block, each at least 1.
  static func extents(_ shape: UnsafePointer<Int64>?, rank: Int) throws -> [Int] {
    guard (1...maximumRank).contains(rank) else {
      throw Failure.invalidArgument(
        "rank is \(UInt(bitPattern: rank)); 1 to \(maximumRank) are accepted", at: "rank")
    }
    let shape = try require(shape, named: "shape")
    return try (0..<rank).map { axis in
      guard shape[axis] >= 1, let extent = Int(exactly: shape[axis]) else {
        throw Failure.invalidArgument("shape[\(axis)] is \(shape[axis]); at least 1 is accepted", at: "shape")
      }
      return extent
    }
  }

  /// The number of values per row: the product of the dimensions.
  static func width(of extents: [Int]) throws -> Int {
    try extents.reduce(1) { width, extent in
      let (product, overflow) = width.multipliedReportingOverflow(by: extent)
      guard !overflow else {
        throw Failure.invalidArgument(
          "the shape \(extents) has more values than any memory holds", at: "shape")
      }
      return product
    }
  }

  private static func copy<Element>(_ values: UnsafePointer<Element>, count: Int) throws -> Buffer<Element> {
    let buffer = try Buffer<Element>(count: count, for: "a column")
    buffer.pointer.update(from: values, count: count)
    return buffer
  }

  private static func allPresent(rows: Int) throws -> Buffer<UInt8> {
    let bits = try Buffer<UInt8>(count: (rows + 7) / 8, for: "validity")
    for index in bits.elements.indices { bits.elements[index] = 0xff }
    return bits
  }
}
