import CEquipoise
import Platform

/// A column of an Arrow schema: its name, its type, and how its arrays are read.
final class ArrowField {
  let name: String
  private let type: ArrowType
  /// The values to which the integers of `type` refer; nil without a dictionary.
  private let dictionary: ArrowField?
  /// The element type of fixed-size lists.
  private let item: ArrowField?

  /// - Throws: `unsupported` (location: the column) for a type that no column can hold.
  init(_ schema: UnsafeMutablePointer<ArrowSchema>, position: Int, name given: String? = nil) throws {
    let own = schema.pointee.name.map { String(cString: $0) } ?? ""
    let name = given ?? (own.isEmpty ? "column_\(position)" : own)
    self.name = name
    let format = schema.pointee.format.map { String(cString: $0) } ?? ""
    guard let type = ArrowType(format: format) else {
      throw Failure.unsupported(
        "column \"\(name)\" has the Arrow format \"\(format)\", which no column holds; drop or cast it "
          + "(\(ArrowType.accepted) are read)", at: name)
    }
    self.type = type
    dictionary = try schema.pointee.dictionary.map { try ArrowField($0, position: position, name: name) }
    if case .block = type {
      guard schema.pointee.n_children == 1, let child = schema.pointee.children?[0] else {
        throw Failure.invalidColumn(name, "its fixed-size list has no item type")
      }
      item = try ArrowField(child, position: position, name: name)
      guard case .fraction = item?.type else {
        throw Failure.unsupported(
          "column \"\(name)\" is a fixed-size list of values other than floats; cast it", at: name)
      }
    } else {
      item = nil
    }
    if dictionary != nil {
      guard case .integer = type, dictionary?.dictionary == nil, dictionary?.item == nil else {
        throw Failure.unsupported(
          "column \"\(name)\" has a dictionary of dictionaries or lists; cast it", at: name)
      }
    }
  }

  /// The column without rows.
  func empty() throws -> Column {
    switch dictionary?.type ?? type {
    case .boolean, .integer: try Column(name: name, values: .int64(Buffer(count: 0)))
    case .null, .decimal, .fraction(bytes: 8): try Column(name: name, values: .float64(Buffer(count: 0)))
    case .fraction: try Column(name: name, values: .float32(Buffer(count: 0)))
    case .block(let width): try Column(name: name, values: .tensor(Buffer(count: 0), shape: [width]))
    case .text, .textView, .days, .instant: try Column(name: name, texts: [])
    }
  }

  /// - Throws: `invalidData` (location: the column) for an inconsistent array, or a value that no column can
  ///   hold.
  func read(_ slice: ArrowSlice) throws -> Column {
    guard slice.rows > 0 else { return try empty() }
    if let dictionary { return try read(slice, dictionary) }
    let validity = try slice.validity()
    let values: ColumnValues
    switch type {
    case .null:
      let numbers = try Buffer<Double>(count: slice.rows, for: "column \"\(name)\"")
      for row in 0..<slice.rows { numbers.pointer[row] = .nan }
      return try Column(name: name, values: .float64(numbers))
    case .boolean: values = .int64(try ArrowNumbers.bits(slice))
    case .integer(let bytes, let signed):
      values = .int64(try ArrowNumbers.integers(slice, bytes: bytes, signed: signed))
    case .fraction(bytes: 8): values = .float64(try ArrowNumbers.copy(slice, of: Double.self) { $0 })
    case .fraction(bytes: 4): values = .float32(try ArrowNumbers.copy(slice, of: Float.self) { $0 })
    case .fraction: values = .float32(try ArrowNumbers.copy(slice, of: UInt16.self, ArrowNumbers.half))
    case .decimal(let scale, let bytes):
      values = .float64(try ArrowNumbers.decimals(slice, scale: scale, bytes: bytes))
    case .text(let offsetBytes): values = .text(try ArrowText.read(slice, offsetBytes: offsetBytes))
    case .textView: values = .text(try ArrowText.readViews(slice))
    case .days: values = .text(try ArrowDates.days(slice))
    case .instant(let perSecond, let dateOnly):
      values = .text(try ArrowDates.instants(slice, perSecond: perSecond, dateOnly: dateOnly))
    case .block(let width): values = try block(slice, width: width)
    }
    return try Column(name: name, values: values, validity: validity)
  }

  private func block(_ slice: ArrowSlice, width: Int) throws -> ColumnValues {
    let (first, overflow) = slice.first.multipliedReportingOverflow(by: width)
    let (count, countOverflow) = slice.rows.multipliedReportingOverflow(by: width)
    guard let item, !overflow, !countOverflow, let child = slice.array.children?[0] else {
      throw Failure.invalidColumn(name, "the Arrow list has no items")
    }
    let items = try ArrowSlice(
      child.pointee, first: first, rows: count, column: name, rowsBefore: 0)
    let numbers = try item.read(items).numbers()
    return .tensor(numbers, shape: [width])
  }

  /// Dictionary codes of this array: the values that they mean, and the column's categories.
  private func read(_ slice: ArrowSlice, _ dictionary: ArrowField) throws -> Column {
    guard let array = slice.array.dictionary?.pointee, case .integer(let bytes, let signed) = type else {
      throw Failure.invalidColumn(name, "the Arrow array has no dictionary")
    }
    let words = try dictionary.read(
      ArrowSlice(array, first: 0, rows: Int(clamping: array.length), column: name, rowsBefore: 0))
    let codes = try ArrowNumbers.integers(slice, bytes: bytes, signed: signed)
    var places = [Int](repeating: 0, count: slice.rows)
    for row in 0..<slice.rows where slice.isPresent(row) {
      guard let place = Int(exactly: codes.pointer[row]), place >= 0, place < words.rows else {
        throw slice.failure(
          row, "\(codes.pointer[row]) is not among the \(words.rows) words of the dictionary")
      }
      places[row] = place
    }
    // A dictionary without values: all rows must be missing.
    guard words.rows > 0 else {
      return try Column(name: name, texts: Array(repeating: nil, count: slice.rows))
    }
    let validity = try slice.validity(
      alsoMissing: { words.isMissing(places[$0]) }, asks: words.missingCount > 0)
    return try Column(name: name, values: words.selecting(rows: places).values, validity: validity)
  }
}
