import Platform
import TableKernels

/// Converts raw columns to inputs of a network, fitted to training rows. It is part of the model, so that a
/// saved model reads the columns with which it was trained. Immutable; safe to share between threads.
public final class TableEncoder: @unchecked Sendable {
  public let slots: [EncodedColumn]
  /// The number of encoded values per row.
  public let width: Int
  /// The names of the raw columns, in the order of `encode(features:)`.
  public var inputNames: [String] { slots.map(\.name) }

  // The slots in the kernels' format: numbers, then categories.
  private let numbers: Buffer<encoded_number>
  private let categories: Buffer<encoded_category>

  /// - Throws: `invalidArgument` if the width overflows.
  init(columns: [(name: String, encoding: EncodedColumn.Encoding)]) throws {
    var slots: [EncodedColumn] = []
    var offset = 0
    var numbers: [encoded_number] = []
    var categories: [encoded_category] = []
    for (input, column) in columns.enumerated() {
      let slot = EncodedColumn(name: column.name, offset: offset, encoding: column.encoding)
      switch column.encoding {
      case .number(let number): numbers.append(number.kernel(input: input, offset: offset))
      case .category(let category): categories.append(category.kernel(input: input, offset: offset))
      }
      slots.append(slot)
      offset += slot.width
      guard offset <= Int(Int32.max) else {
        throw Failure.invalidArgument("the columns need more than \(Int32.max) inputs", at: column.name)
      }
    }
    self.slots = slots
    self.width = offset
    self.numbers = try Buffer(copying: numbers, for: "the encoder")
    self.categories = try Buffer(copying: categories, for: "the encoder")
  }

  /// Fits the encodings of `columns` to `rows` of the dataset; nil: all rows.
  ///
  /// - Throws: `invalidData` (location: the column) for a column that is absent or empty, or has tensors or
  ///   infinite numbers; `invalidConfig` for options of a column that is not encoded.
  public static func fit(
    _ dataset: Dataset, columns: [String], rows: [Int]? = nil, options: EncoderOptions = EncoderOptions()
  ) throws -> TableEncoder {
    if let outside = rows?.first(where: { $0 < 0 || $0 >= dataset.rows }) {
      throw Failure.invalidArgument("row \(outside) is not among the \(dataset.rows) rows")
    }
    guard rows?.isEmpty != true, dataset.rows > 0 else {
      throw Failure.invalidData("there are no training rows to learn the encoding from")
    }
    for entry in options.columns.entries where !columns.contains(entry.key) {
      throw Failure.invalidConfig(
        "\"\(entry.key)\" is not an input\(Suggestion.phrase(for: entry.key, among: columns))",
        at: "/columns/\(entry.key)")
    }
    var taken = Set<String>()
    let encodings = try columns.map { name -> (name: String, encoding: EncodedColumn.Encoding) in
      guard taken.insert(name).inserted else {
        throw Failure.invalidArgument("column \"\(name)\" is named twice", at: name)
      }
      let column = try dataset.column(name)
      let own = options.options(for: name)
      let kind = options.columns[name]?.kind ?? .auto
      let isNumber = kind == .number || (kind == .auto && column.isNumeric)
      return (
        name,
        isNumber
          ? .number(try NumberEncoding.fit(column, rows: rows, options: own))
          : .category(try CategoryEncoding.fit(column, rows: rows, options: own))
      )
    }
    return try TableEncoder(columns: encodings)
  }

  /// - Throws: `invalidData` (location: the name) if the column is not an input.
  public func slot(of name: String) throws -> EncodedColumn {
    guard let slot = slots.first(where: { $0.name == name }) else {
      throw Failure(
        .invalidData, "\"\(name)\" is not an input\(Suggestion.phrase(for: name, among: inputNames))",
        at: name)
    }
    return slot
  }

  /// The encoded rows: row-major (rows, width).
  ///
  /// - Throws: `invalidData` (location: the column) for absent columns, and with the row for text in a column
  ///   of numbers and for infinite numbers.
  public func encode(_ dataset: Dataset) throws -> Buffer<Float> {
    let absent = inputNames.filter { !dataset.contains($0) }
    guard absent.isEmpty else {
      let list = absent.map { "\"\($0)\"" }.joined(separator: ", ")
      let hint = absent.first.map { Suggestion.phrase(for: $0, among: dataset.names) } ?? ""
      throw Failure(
        .invalidData,
        "the model needs \(absent.count == 1 ? "the column" : "the columns") \(list)\(hint)", at: absent[0])
    }
    let (count, overflow) = dataset.rows.multipliedReportingOverflow(by: width)
    guard !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: "encoded rows") }
    let output = try Buffer<Float>(count: count, for: "encoded rows")
    let sources = try slots.enumerated().map { try Source($0.element, input: $0.offset, dataset) }
    let shards = WorkerPool.shards(of: dataset.rows, minimum: 2048)
    let faults = try Buffer<Int>(count: shards.count * max(slots.count, 1), for: "encoded rows")
    WorkerPool.run(shards: shards.count) { shard in
      // Blocks of rows, whose output stays in the cache from column to column.
      for index in sources.indices { faults.pointer[shard * sources.count + index] = -1 }
      for start in stride(from: shards[shard].lowerBound, to: shards[shard].upperBound, by: 256) {
        let end = min(start + 256, shards[shard].upperBound)
        for (index, source) in sources.enumerated() {
          let stopped = source.encode(from: start, to: end, width: width, into: output.pointer)
          let place = shard * sources.count + index
          if stopped < end && faults.pointer[place] < 0 { faults.pointer[place] = stopped }
        }
      }
    }
    for shard in shards.indices {
      for index in sources.indices where faults.pointer[shard * sources.count + index] >= 0 {
        throw Self.notFinite(slots[index].name, row: faults.pointer[shard * sources.count + index])
      }
    }
    return output
  }

  /// Encodes raw rows without allocating memory.
  ///
  /// - Parameters:
  ///   - features: row-major (rows, inputs) in the order of `inputNames`; NaN is missing; a category is given
  ///     as its index in `slots[i].categories`.
  ///   - firstRow: the number of the first row in errors.
  ///   - output: out, (rows, width).
  /// - Throws: `invalidData` (location: row and column) for an infinite number.
  public func encode(
    features: UnsafePointer<Float>, rows: Int, firstRow: Int = 0, into output: UnsafeMutablePointer<Float>
  ) throws {
    for row in 0..<max(rows, 0) {
      let fault = encode_feature_row(
        numbers.pointer, numbers.count, categories.pointer, categories.count,
        features + row * slots.count, output + row * width)
      if fault >= 0 {
        throw Failure(
          .invalidData,
          "row \(firstRow + row), column \(fault) (\"\(slots[Int(fault)].name)\"): the number is infinite or too large",
          at: "\(firstRow + row),\(fault)")
      }
    }
  }

  /// Copies an encoded row and switches one categorical column to another category.
  ///
  /// - Parameter category: the index in the column's `categories`; -1 is missing.
  /// - Throws: `invalidData` if the column is not an input, `invalidArgument` if it has numbers or no such
  ///   category.
  public func switching(
    _ column: String, from row: UnsafePointer<Float>, to category: Int,
    into output: UnsafeMutablePointer<Float>
  ) throws {
    let slot = try slot(of: column)
    guard case .category(let encoding) = slot.encoding, (-1..<encoding.limit).contains(category) else {
      throw Failure.invalidArgument(
        slot.kind == .number
          ? "column \"\(column)\" holds numbers; only categories can be switched"
          : "column \"\(column)\" has no category \(category); it has \(slot.categories.count)", at: column)
    }
    if UnsafePointer(output) != row { output.update(from: row, count: width) }
    slot.rewrite(output, to: category)
  }

  private static func notFinite(_ column: String, row: Int) -> Failure {
    Failure(.invalidData, "column \"\(column)\", row \(row): the number is infinite or too large", at: column)
  }
}

/// One column of a dataset and its encoding.
private enum Source {
  case float32(encoded_number, Buffer<Float>, Buffer<UInt8>?)
  case float64(encoded_number, Buffer<Double>, Buffer<UInt8>?)
  case int64(encoded_number, Buffer<Int64>, Buffer<UInt8>?)
  case codes(encoded_category, Buffer<Int32>, places: Buffer<Int32>)

  init(_ slot: EncodedColumn, input: Int, _ dataset: Dataset) throws {
    let column = try dataset.column(slot.name)
    switch (slot.encoding, column.values) {
    case (.number(let number), .float32(let values)):
      self = .float32(number.kernel(input: input, offset: slot.offset), values, column.validity)
    case (.number(let number), .int64(let values)):
      self = .int64(number.kernel(input: input, offset: slot.offset), values, column.validity)
    case (.number(let number), .float64(let values)):
      self = .float64(number.kernel(input: input, offset: slot.offset), values, column.validity)
    case (.number(let number), _):
      self = .float64(number.kernel(input: input, offset: slot.offset), try column.doubles(), nil)
    case (.category(let category), _):
      let found = try column.categories()
      let places = try Buffer(copying: category.places(of: found.names), for: "encoded rows")
      self = .codes(category.kernel(input: input, offset: slot.offset), found.codes, places: places)
    }
  }

  /// Encodes the rows [from, to); returns the first row whose number is not finite, or `to`.
  func encode(from: Int, to: Int, width: Int, into output: UnsafeMutablePointer<Float>) -> Int {
    switch self {
    case .float32(var number, let values, let validity):
      return encode_number_f32(&number, values.pointer, validity?.pointer, from, to, width, output)
    case .float64(var number, let values, let validity):
      return encode_number_f64(&number, values.pointer, validity?.pointer, from, to, width, output)
    case .int64(var number, let values, let validity):
      return encode_number_i64(&number, values.pointer, validity?.pointer, from, to, width, output)
    case .codes(var category, let codes, let places):
      encode_category_codes(&category, codes.pointer, places.pointer, from, to, width, output)
      return to
    }
  }
}
