import CEquipoise
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Reads an Arrow C stream (Arrow C stream interface) batch by batch. This object owns the stream and
/// releases it at the end; it releases every batch as soon as it has been read.
public final class ArrowStream {
  private let stream: UnsafeMutablePointer<ArrowArrayStream>
  private let schema: UnsafeMutablePointer<ArrowSchema>
  private let columns: [ArrowField]
  private var rowsBefore = 0

  /// Takes ownership of the stream, even if it throws.
  ///
  /// - Throws: `invalidArgument` for a stream that was already released; `io` with the producer's message;
  ///   `unsupported` (location: the column) for a type that no column can hold.
  public init(taking stream: UnsafeMutablePointer<ArrowArrayStream>) throws {
    guard let getSchema = stream.pointee.get_schema, stream.pointee.release != nil else {
      throw Failure.invalidArgument("stream was released already", at: "stream")
    }
    // Moved, so that the caller can free its structure at once, as the interface requires.
    self.stream = .allocate(capacity: 1)
    self.stream.initialize(to: stream.pointee)
    stream.pointee.release = nil
    schema = .allocate(capacity: 1)
    schema.initialize(to: ArrowSchema())
    var columns: [ArrowField] = []
    do {
      let code = getSchema(self.stream, schema)
      guard code == 0 else { throw Self.failed(self.stream, code, "its schema") }
      columns = try Self.fields(of: schema)
    } catch {
      Self.release(self.stream, schema)
      throw error
    }
    self.columns = columns
  }

  deinit { Self.release(stream, schema) }

  private static func release(
    _ stream: UnsafeMutablePointer<ArrowArrayStream>, _ schema: UnsafeMutablePointer<ArrowSchema>
  ) {
    schema.pointee.release?(schema)
    schema.deallocate()
    stream.pointee.release?(stream)
    stream.deallocate()
  }

  /// - Throws: `invalidData` if the stream does not contain a table.
  private static func fields(of schema: UnsafeMutablePointer<ArrowSchema>) throws -> [ArrowField] {
    guard schema.pointee.release != nil, let format = schema.pointee.format else {
      throw Failure.invalidData("the Arrow stream gave no schema")
    }
    guard String(cString: format) == "+s" else {
      throw Failure.invalidData(
        "the Arrow stream holds arrays of format \"\(String(cString: format))\"; record batches (\"+s\") are"
          + " accepted")
    }
    return try (0..<max(0, Int(schema.pointee.n_children))).map { index in
      guard let child = schema.pointee.children?[index] else {
        throw Failure.invalidData("the Arrow schema has no child \(index)")
      }
      return try ArrowField(child, position: index)
    }
  }

  /// The rows of the next batch; nil after the last one.
  ///
  /// - Throws: `io` with the producer's message; `invalidData` (location: the column) for an inconsistent
  ///   array, or a value that no column can hold.
  public func next() throws -> Dataset? {
    guard let getNext = stream.pointee.get_next else { return nil }
    try HostCall.check()
    var batch = ArrowArray()
    let code = getNext(stream, &batch)
    guard code == 0 else { throw Self.failed(stream, code, "a batch") }
    guard let release = batch.release else { return nil }
    defer { release(&batch) }
    let dataset = try read(batch)
    rowsBefore += dataset.rows
    return dataset
  }

  /// All remaining batches as one dataset.
  ///
  /// - Throws: the errors of `next`.
  public func rest() throws -> Dataset {
    var batches: [Dataset] = []
    while let batch = try next() { batches.append(batch) }
    guard !batches.isEmpty else { return try Dataset(columns.map { try $0.empty() }) }
    return try Dataset.concatenating(batches)
  }

  private func read(_ batch: ArrowArray) throws -> Dataset {
    guard batch.length >= 0, batch.offset >= 0, Int(batch.n_children) == columns.count else {
      throw Failure.invalidData(
        "an Arrow batch has \(batch.n_children) columns, length \(batch.length) and offset \(batch.offset); "
          + "the schema has \(columns.count) columns")
    }
    let rows = Int(batch.length)
    let dataset = try Dataset(rows: rows)
    for (index, field) in columns.enumerated() {
      guard let child = batch.children?[index] else {
        throw Failure.invalidColumn(field.name, "the batch has no array for it")
      }
      // If a row is missing as a whole, its values are missing in every column.
      let whole =
        batch.null_count != 0 && batch.n_buffers > 0
        ? batch.buffers?[0].map { ArrowBits($0, first: Int(batch.offset)) } : nil
      let slice = try ArrowSlice(
        child.pointee, first: Int(batch.offset), rows: rows, column: field.name, rowsBefore: rowsBefore,
        parent: whole)
      try dataset.add(field.read(slice))
    }
    return dataset
  }

  private static func failed(
    _ stream: UnsafeMutablePointer<ArrowArrayStream>, _ code: Int32, _ what: String
  ) -> Failure {
    let words = stream.pointee.get_last_error?(stream).map { String(cString: $0) } ?? ""
    let reason = words.isEmpty ? String(cString: strerror(code)) : words
    return Failure(.io, "the Arrow stream did not give \(what): \(reason)")
  }
}
