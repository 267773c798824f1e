import Platform
import PlatformKernels

#if canImport(Glibc)
  import Glibc
#endif

/// Texts in one block of memory: NUL-terminated UTF-8 in sequence, and the offset of each.
public final class TextValues: @unchecked Sendable {
  public let count: Int
  /// All texts, each followed by a NUL.
  public let block: Buffer<CChar>
  /// The offset of row i; `count + 1` values, the last one after the last NUL.
  public let offsets: Buffer<Int64>

  /// - Precondition: the texts have the form described above; the readers of this module ensure it.
  init(count: Int, block: Buffer<CChar>, offsets: Buffer<Int64>) {
    self.count = count
    self.block = block
    self.offsets = offsets
  }

  /// Copies of `texts`; a missing text is stored as the empty text.
  ///
  /// - Throws: `invalidData` (location: the row) for a text with a NUL inside.
  public convenience init(_ texts: some Collection<String?>) throws {
    let count = texts.count
    let offsets = try Buffer<Int64>(count: count + 1, for: "texts")
    var total = 0
    for (row, text) in texts.enumerated() where row < count {
      offsets.elements[row] = Int64(total)
      total += (text?.utf8.count ?? 0) + 1
    }
    offsets.elements[count] = Int64(total)
    let block = try Buffer<CChar>(count: total, for: "texts")
    var position = 0
    for (row, text) in texts.enumerated() where row < count {
      for byte in (text ?? "").utf8 {
        guard byte != 0 else { throw Failure.invalidData("a text has a NUL character", at: "row \(row)") }
        block.elements[position] = CChar(bitPattern: byte)
        position += 1
      }
      position += 1
    }
    self.init(count: count, block: block, offsets: offsets)
  }

  /// Copies of C strings; NULL is a missing text and stored as the empty text.
  ///
  /// - Throws: `invalidData` (location: the row) for a text that is not UTF-8.
  public convenience init(copying texts: UnsafePointer<UnsafePointer<CChar>?>, count: Int) throws {
    let offsets = try Buffer<Int64>(count: count + 1, for: "texts")
    var total = 0
    for row in 0..<count {
      offsets.elements[row] = Int64(total)
      let length = texts[row].map { strlen($0) } ?? 0
      if let text = texts[row], !text_is_utf8(text, length) {
        throw Failure.invalidData("a text is not UTF-8", at: "row \(row)")
      }
      total += length + 1
    }
    offsets.elements[count] = Int64(total)
    let block = try Buffer<CChar>(count: total, for: "texts")
    for row in 0..<count {
      if let text = texts[row] { strcpy(block.pointer + Int(offsets.elements[row]), text) }
    }
    self.init(count: count, block: block, offsets: offsets)
  }

  /// The text of a row, valid as long as this object; row in 0..<count.
  public func cell(_ row: Int) -> UnsafePointer<CChar> {
    UnsafePointer(block.pointer + Int(offsets.elements[row]))
  }

  public func string(_ row: Int) -> String { String(cString: cell(row)) }

  /// The number of bytes of a row's text, without its NUL.
  public func length(_ row: Int) -> Int { Int(offsets.elements[row + 1] - offsets.elements[row]) - 1 }

  func selecting(rows: [Int]) throws -> TextValues {
    let chosen = try Buffer<Int64>(count: rows.count + 1, for: "texts")
    var total = 0
    for (index, row) in rows.enumerated() {
      chosen.elements[index] = Int64(total)
      total += length(row) + 1
    }
    chosen.elements[rows.count] = Int64(total)
    let texts = try Buffer<CChar>(count: total, for: "texts")
    for (index, row) in rows.enumerated() {
      memcpy(texts.pointer + Int(chosen.elements[index]), cell(row), length(row) + 1)
    }
    return TextValues(count: rows.count, block: texts, offsets: chosen)
  }
}
