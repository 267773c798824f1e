import Platform
import PlatformKernels

extension Column {
  /// The column as numbers, NaN for missing values. Texts that are numbers are converted.
  ///
  /// - Throws: `invalidData` (location: the column) for a tensor, or with the row for text that is not a
  ///   number.
  public func numbers() throws -> Buffer<Float> {
    if case .float32(let buffer) = values, validity == nil { return buffer }
    let result = try Buffer<Float>(count: rows, for: "column \"\(name)\"")
    try fill { result.pointer[$0] = Float($1) }
    return result
  }

  /// The same in double precision.
  public func doubles() throws -> Buffer<Double> {
    if case .float64(let buffer) = values, validity == nil { return buffer }
    let result = try Buffer<Double>(count: rows, for: "column \"\(name)\"")
    try fill { result.pointer[$0] = $1 }
    return result
  }

  /// The column as integers; fractions are an error.
  ///
  /// - Throws: `invalidData` (location: the column) with the row of a value that is missing or not an
  ///   integer.
  public func integers() throws -> Buffer<Int64> {
    if case .int64(let buffer) = values, missingCount == 0 { return buffer }
    let result = try Buffer<Int64>(count: rows, for: "column \"\(name)\"")
    let numbers = try doubles()
    for row in 0..<rows {
      if case .int64(let buffer) = values, !isMissing(row) {
        result.pointer[row] = buffer.pointer[row]
        continue
      }
      guard let value = Int64(exactly: numbers.pointer[row]) else {
        let shown = numbers.pointer[row].isNaN ? "a missing value" : "\(numbers.pointer[row])"
        throw Failure(
          .invalidData,
          "column \"\(name)\", row \(row): \(shown) is not an integer", at: name)
      }
      result.pointer[row] = value
    }
    return result
  }

  /// Whether the column has numbers, so that no text must be converted.
  public var isNumeric: Bool {
    switch values {
    case .float32, .float64, .int64: true
    case .text, .tensor: false
    }
  }

  private func fill(_ store: (Int, Double) -> Void) throws {
    func isPresent(_ row: Int) -> Bool {
      guard let validity else { return true }
      return validity.pointer[row >> 3] >> UInt8(row & 7) & 1 == 1
    }
    switch values {
    case .float32(let buffer):
      for row in 0..<rows { store(row, isPresent(row) ? Double(buffer.pointer[row]) : .nan) }
    case .float64(let buffer):
      for row in 0..<rows { store(row, isPresent(row) ? buffer.pointer[row] : .nan) }
    case .int64(let buffer):
      for row in 0..<rows { store(row, isPresent(row) ? Double(buffer.pointer[row]) : .nan) }
    case .text(let texts):
      for row in 0..<rows {
        guard isPresent(row) else {
          store(row, .nan)
          continue
        }
        var value = 0.0
        guard double_from_text(texts.cell(row), texts.length(row), texts.length(row), &value) else {
          throw Failure(
            .invalidData,
            "column \"\(name)\": \"\(texts.string(row).prefix(40))\" is not a number (row \(row))", at: name)
        }
        store(row, value)
      }
    case .tensor(_, let shape):
      throw Failure(.invalidData, "column \"\(name)\" holds tensors of shape \(shape), not numbers", at: name)
    }
  }
}
