import CEquipoise
import Platform

#if canImport(Glibc)
  import Glibc
#endif

extension Dataset {
  /// The maximum number of rows in an exported batch.
  static let arrowBatchRows = 1 << 20

  /// Exports the dataset to a stream structure of the caller. The stream is independent of this dataset's
  /// handle: it shares the numbers, and texts are copied batch by batch. float32, float64 and int64 keep
  /// their types; text becomes large_utf8, and a tensor a fixed-size list of float32. Missing values and NaN
  /// become null.
  ///
  /// - Throws: `unsupported` for a tensor that is too wide for a list.
  public func exportArrow(to stream: UnsafeMutablePointer<ArrowArrayStream>) throws {
    for column in columns { _ = try column.arrowFormat() }
    let state = Unmanaged.passRetained(ArrowExport(self)).toOpaque()
    stream.pointee = ArrowArrayStream(
      get_schema: { stream, out in
        guard let out, let export = ArrowExport.of(stream) else { return EINVAL }
        return export.answering { try export.schema(into: out) }
      },
      get_next: { stream, out in
        guard let out, let export = ArrowExport.of(stream) else { return EINVAL }
        return export.answering { try export.next(into: out) }
      },
      get_last_error: { stream in ArrowExport.of(stream)?.lastError.map { UnsafePointer($0) } },
      release: { stream in
        guard let stream, let state = stream.pointee.private_data else { return }
        Unmanaged<ArrowExport>.fromOpaque(state).release()
        stream.pointee.release = nil
        stream.pointee.private_data = nil
      }, private_data: state)
  }
}

/// The state of an exported stream: the dataset and the read position.
private final class ArrowExport {
  private let dataset: Dataset
  private var row = 0
  private(set) var lastError: UnsafeMutablePointer<CChar>?

  init(_ dataset: Dataset) { self.dataset = dataset }
  deinit { free(lastError) }

  static func of(_ stream: UnsafeMutablePointer<ArrowArrayStream>?) -> ArrowExport? {
    guard let stream, stream.pointee.release != nil, let state = stream.pointee.private_data else {
      return nil
    }
    return Unmanaged<ArrowExport>.fromOpaque(state).takeUnretainedValue()
  }

  /// Returns 0, or the errno of an error whose message is stored.
  func answering(_ body: () throws -> Void) -> Int32 {
    free(lastError)
    lastError = nil
    do {
      try body()
      return 0
    } catch {
      let failure = error as? Failure
      lastError = strdup(failure?.message ?? "\(error)")
      return failure?.kind == .outOfMemory ? ENOMEM : EINVAL
    }
  }

  func schema(into out: UnsafeMutablePointer<ArrowSchema>) throws {
    let fields = try dataset.columns.map { column -> ArrowNode<ArrowSchema> in
      var item: [ArrowNode<ArrowSchema>] = []
      if case .tensor = column.values { item = [ArrowNode(schema: "f", name: "item", children: [])] }
      return ArrowNode(schema: try column.arrowFormat(), name: column.name, children: item)
    }
    ArrowNode(schema: "+s", name: "", children: fields).move(to: out)
  }

  func next(into out: UnsafeMutablePointer<ArrowArray>) throws {
    guard row < dataset.rows else {
      out.pointee = ArrowArray()
      return
    }
    let range = row..<min(row + Dataset.arrowBatchRows, dataset.rows)
    let columns = try dataset.columns.map { try $0.arrowArray(range) }
    ArrowNode(rows: range.count, buffers: [nil], owners: [], children: columns).move(to: out)
    row = range.upperBound
  }
}

extension Column {
  func arrowFormat() throws -> String {
    switch values {
    case .float32: return "f"
    case .float64: return "g"
    case .int64: return "l"
    case .text: return "U"
    case .tensor(_, let shape):
      let width = shape.reduce(1, *)
      guard width <= Int(Int32.max) else {
        throw Failure.unsupported(
          "column \"\(name)\" has rows of \(width) values, too wide for a list", at: name)
      }
      return "+w:\(width)"
    }
  }

  /// A range of rows as a separate array.
  fileprivate func arrowArray(_ range: Range<Int>) throws -> ArrowNode<ArrowArray> {
    var bits: Buffer<UInt8>?
    var missing = 0
    if missingCount > 0 {
      let present = try Buffer<UInt8>(count: (range.count + 7) / 8, for: "validity")
      for row in range {
        if isMissing(row) {
          missing += 1
        } else {
          present.pointer[(row - range.lowerBound) >> 3] |= 1 << UInt8((row - range.lowerBound) & 7)
        }
      }
      bits = missing > 0 ? present : nil
    }
    func node(_ buffers: [UnsafeRawPointer?], _ owners: [AnyObject], _ children: [ArrowNode<ArrowArray>] = [])
      -> ArrowNode<ArrowArray>
    {
      ArrowNode(
        rows: range.count, missing: missing, buffers: [bits.map { UnsafeRawPointer($0.pointer) }] + buffers,
        owners: owners + (bits.map { [$0] } ?? []), children: children)
    }
    switch values {
    case .float32(let buffer): return node([buffer.pointer + range.lowerBound], [buffer])
    case .float64(let buffer): return node([buffer.pointer + range.lowerBound], [buffer])
    case .int64(let buffer): return node([buffer.pointer + range.lowerBound], [buffer])
    case .tensor(let buffer, let shape):
      let width = shape.reduce(1, *)
      let items = ArrowNode<ArrowArray>(
        rows: range.count * width, buffers: [nil, buffer.pointer + range.lowerBound * width],
        owners: [buffer],
        children: [])
      return node([], [], [items])
    case .text(let texts):
      // Texts in this library end with a NUL; Arrow's do not.
      let offsets = try Buffer<Int64>(count: range.count + 1, for: "column \"\(name)\"")
      let most = Int(texts.offsets.pointer[range.upperBound] - texts.offsets.pointer[range.lowerBound])
      let block = try Buffer<CChar>(count: most, for: "column \"\(name)\"")
      var end = 0
      for (index, row) in range.enumerated() {
        memcpy(block.pointer + end, texts.cell(row), texts.length(row))
        end += texts.length(row)
        offsets.pointer[index + 1] = Int64(end)
      }
      return node([UnsafeRawPointer(offsets.pointer), UnsafeRawPointer(block.pointer)], [offsets, block])
    }
  }
}
