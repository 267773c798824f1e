import Platform
import PlatformKernels
import Tokenizers

#if canImport(Glibc)
  import Glibc
#endif

/// The memory of a call for texts from the host. Later calls reuse it, so that they allocate nothing unless they have
/// more or longer texts.
final class TextMemory: @unchecked Sendable {
  private var bytes: Buffer<UInt8>
  private var offsets: Buffer<Int64>
  let packed: PackedTokens
  private var lengths: Buffer<Int32>

  init() throws {
    bytes = try Buffer(count: 0, for: "texts")
    offsets = try Buffer(count: 1, for: "texts")
    packed = try PackedTokens()
    lengths = try Buffer(count: 0, for: "text lengths")
  }

  /// Copies C strings.
  ///
  /// - Returns: the copies, which stay valid until the next call.
  /// - Throws: `invalidData` (location: the row) for a text that is NULL or not UTF-8.
  func copy(_ texts: UnsafePointer<UnsafePointer<CChar>?>, count: Int) throws -> TextBlock {
    if offsets.count <= count { offsets = try Buffer(count: count + 1, for: "texts") }
    var total = 0
    for row in 0..<count {
      guard let text = texts[row] else {
        throw Failure.invalidData("row \(row): the text is NULL", at: "row \(row)")
      }
      let length = strlen(text)
      guard text_is_utf8(text, length) else {
        throw Failure.invalidData("a text is not UTF-8", at: "row \(row)")
      }
      offsets.pointer[row] = Int64(total)
      total += length
    }
    offsets.pointer[count] = Int64(total)
    if bytes.count < total { bytes = try Buffer(count: max(total, 2 * bytes.count), for: "texts") }
    for row in 0..<count {
      guard let text = texts[row] else { continue }
      let start = Int(offsets.pointer[row])
      memcpy(bytes.pointer + start, text, Int(offsets.pointer[row + 1]) - start)
    }
    return TextBlock(bytes: bytes.pointer, offsets: offsets.pointer, count: count)
  }

  /// The number of bytes.
  var size: Int { bytes.count + 8 * offsets.count + 4 * lengths.count + packed.memorySize }

  /// Room for the lengths of `rows` sequences.
  func lengths(rows: Int) throws -> Buffer<Int32> {
    if lengths.count < rows { lengths = try Buffer(count: max(rows, 2 * lengths.count), for: "text lengths") }
    return lengths
  }
}

/// Idle memory for texts, which later calls reuse.
final class TextMemoryPool: @unchecked Sendable {
  private let lock = Lock()
  private var idle: [TextMemory] = []
  /// The memory of a larger call is given back.
  private static let mostBytes = 1 << 24

  func withMemory<Result>(_ body: (TextMemory) throws -> Result) throws -> Result {
    let memory = try lock.withLock { idle.popLast() } ?? TextMemory()
    defer { if memory.size <= Self.mostBytes { lock.withLock { idle.append(memory) } } }
    return try body(memory)
  }
}
