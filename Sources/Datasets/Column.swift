import Platform

/// The values of a column.
public enum ColumnValues: Sendable {
  case float32(Buffer<Float>)
  case float64(Buffer<Double>)
  case int64(Buffer<Int64>)
  case text(TextValues)
  /// One block per row, row-major: row i, component j is at `i * width + j`, where width is the product of
  /// `shape`.
  case tensor(Buffer<Float>, shape: [Int])

  /// The name of the type in descriptions: "float32", "float64", "int64", "text" or "tensor".
  public var typeName: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .int64: "int64"
    case .text: "text"
    case .tensor: "tensor"
    }
  }
}

/// A named column of values, some of which may be missing. Immutable; safe to share between threads.
public final class Column: @unchecked Sendable {
  public let name: String
  public let values: ColumnValues
  /// Bit i, least significant first, is 1 if row i has a value; nil if all rows have.
  public let validity: Buffer<UInt8>?
  /// The number of rows without a value; NaN in a column of fractions counts as missing.
  public let missingCount: Int
  public let rows: Int

  private let lock = Lock()
  private var cachedCategories: Categories?
  private var cachedCompact: CompactCategories?
  private var cachedDigests: [String]?
  private var cachedName: Buffer<CChar>?

  /// - Throws: `invalidArgument` if the validity or the shape does not fit the values.
  public convenience init(name: String, values: ColumnValues, validity: Buffer<UInt8>? = nil) throws {
    try self.init(name: name, values: values, validity: validity, missing: nil)
  }

  /// - Parameter missing: the number of missing rows if it is known; nil: it is counted.
  init(name: String, values: ColumnValues, validity: Buffer<UInt8>?, missing: Int?) throws {
    guard !name.utf8.contains(0) else {
      throw Failure.invalidArgument("a column's name has a NUL character")
    }
    let rows = try Self.rows(of: values, name: name)
    if let validity, validity.count < (rows + 7) / 8 {
      throw Failure.invalidArgument(
        "column \"\(name)\": the validity of \(rows) rows needs \((rows + 7) / 8) bytes; "
          + "\(validity.count) were given", at: name)
    }
    self.name = name
    self.values = values
    self.rows = rows
    self.validity = validity
    self.missingCount = missing ?? Self.countMissing(values, validity: validity, rows: rows)
  }

  /// A column of texts; nil is a missing value.
  public convenience init(name: String, texts: [String?]) throws {
    let validity = texts.contains { $0 == nil } ? try Self.bitmap(of: texts.map { $0 != nil }) : nil
    try self.init(name: name, values: .text(TextValues(texts)), validity: validity)
  }

  public convenience init(name: String, numbers: [Double]) throws {
    try self.init(name: name, values: .float64(Buffer(copying: numbers)))
  }

  public convenience init(name: String, integers: [Int64]) throws {
    try self.init(name: name, values: .int64(Buffer(copying: integers)))
  }

  public func isMissing(_ row: Int) -> Bool {
    if let validity, validity.elements[row >> 3] >> UInt8(row & 7) & 1 == 0 { return true }
    switch values {
    case .float32(let buffer): return buffer.elements[row].isNaN
    case .float64(let buffer): return buffer.elements[row].isNaN
    default: return false
    }
  }

  /// The distinct values and the index of every row's value; computed once.
  ///
  /// - Throws: `invalidData` for a tensor, `outOfMemory`.
  public func categories() throws -> Categories {
    try lock.withLock {
      if let cachedCategories { return cachedCategories }
      let found = try Categories(of: self)
      cachedCategories = found
      return found
    }
  }

  /// The same in the form that audits read; computed once.
  ///
  /// - Throws: as `categories`.
  public func compactCategories() throws -> CompactCategories {
    let known = try lock.withLock {
      if cachedCompact == nil, cachedCategories == nil {
        cachedCompact = try CompactCategories(bytesOf: self)
      }
      return cachedCompact
    }
    return try known ?? CompactCategories(categories())
  }

  /// The bytes that `compactCategories` has found, and the integer of code 0, if each integer is a code above it.
  var knownCodes: (bytes: Buffer<UInt8>, start: Int64)? {
    guard let known = lock.withLock({ cachedCompact }), let start = known.start,
      case .bytes(let bytes) = known.codes
    else { return nil }
    return (bytes, start)
  }

  /// The name as a C string, valid as long as the column; nil if memory is exhausted.
  public var nameText: UnsafePointer<CChar>? {
    lock.withLock {
      if cachedName == nil { cachedName = try? Buffer(copying: name.utf8CString) }
      return cachedName.map { UnsafePointer($0.pointer) }
    }
  }

  /// The digests of the column's blocks; computed once by `make`.
  func digests(_ make: () throws -> [String]) rethrows -> [String] {
    try lock.withLock {
      if let cachedDigests { return cachedDigests }
      let found = try make()
      cachedDigests = found
      return found
    }
  }

  /// The column with another name; the values are shared.
  public func renamed(_ name: String) throws -> Column {
    try Column(name: name, values: values, validity: validity)
  }

  /// The rows in the given order; each index in 0..<rows.
  public func selecting(rows chosen: [Int]) throws -> Column {
    var chosenValidity: Buffer<UInt8>?
    if validity != nil {
      chosenValidity = try Self.bitmap(of: chosen.map { !isMissing($0) })
    }
    return try Column(name: name, values: try picked(chosen), validity: chosenValidity)
  }

  private func picked(_ chosen: [Int]) throws -> ColumnValues {
    func pick<Element>(_ source: Buffer<Element>, width: Int = 1) throws -> Buffer<Element> {
      let result = try Buffer<Element>(count: chosen.count * width, for: "column \"\(name)\"")
      for (index, row) in chosen.enumerated() {
        for component in 0..<width {
          result.pointer[index * width + component] = source.pointer[row * width + component]
        }
      }
      return result
    }
    switch values {
    case .float32(let buffer): return .float32(try pick(buffer))
    case .float64(let buffer): return .float64(try pick(buffer))
    case .int64(let buffer): return .int64(try pick(buffer))
    case .text(let texts): return .text(try texts.selecting(rows: chosen))
    case .tensor(let buffer, let shape):
      return .tensor(try pick(buffer, width: shape.reduce(1, *)), shape: shape)
    }
  }

  /// A bitmap in which row i's bit is `present[i]`.
  package static func bitmap(of present: [Bool]) throws -> Buffer<UInt8> {
    let bits = try Buffer<UInt8>(count: (present.count + 7) / 8, for: "validity")
    for (row, isPresent) in present.enumerated() where isPresent {
      bits.elements[row >> 3] |= 1 << UInt8(row & 7)
    }
    return bits
  }

  private static func rows(of values: ColumnValues, name: String) throws -> Int {
    switch values {
    case .float32(let buffer): return buffer.count
    case .float64(let buffer): return buffer.count
    case .int64(let buffer): return buffer.count
    case .text(let texts): return texts.count
    case .tensor(let buffer, let shape):
      var width = 1
      for extent in shape {
        let (product, overflow) = width.multipliedReportingOverflow(by: extent)
        guard extent > 0, !overflow else {
          throw Failure.invalidArgument("column \"\(name)\": the shape \(shape) is not valid", at: name)
        }
        width = product
      }
      guard buffer.count % width == 0 else {
        throw Failure.invalidArgument(
          "column \"\(name)\": \(buffer.count) values are not whole rows of shape \(shape)", at: name)
      }
      return buffer.count / width
    }
  }

  private static func countMissing(_ values: ColumnValues, validity: Buffer<UInt8>?, rows: Int) -> Int {
    func isPresent(_ row: Int) -> Bool {
      guard let validity else { return true }
      return validity.pointer[row >> 3] >> UInt8(row & 7) & 1 == 1
    }
    func absent<Element: BinaryFloatingPoint>(_ numbers: Buffer<Element>) -> Int {
      var count = 0
      if validity == nil {
        // Without branches, so that many rows are compared at once.
        let start = numbers.pointer
        for row in 0..<rows { count &+= start[row].isNaN ? 1 : 0 }
      } else {
        for row in 0..<rows where !isPresent(row) || numbers.pointer[row].isNaN { count += 1 }
      }
      return count
    }
    switch values {
    case .float32(let numbers): return absent(numbers)
    case .float64(let numbers): return absent(numbers)
    case .int64, .text, .tensor:
      guard let validity else { return 0 }
      var present = 0
      for byte in 0..<(rows / 8) { present += validity.pointer[byte].nonzeroBitCount }
      for row in (rows / 8 * 8)..<rows where isPresent(row) { present += 1 }
      return rows - present
    }
  }
}
