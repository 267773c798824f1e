/// Texts in one block of memory that the caller owns and must keep during the call: text i is
/// bytes[offsets[i] ..< offsets[i + 1] − terminator]. They should be UTF-8; a byte that is not part of a
/// character is read as U+FFFD.
public struct TextBlock: @unchecked Sendable {
  public let bytes: UnsafePointer<UInt8>
  /// `count` + 1 values: ascending, not negative.
  public let offsets: UnsafePointer<Int64>
  public let count: Int
  /// The number of bytes after each text that are not part of it: 1 if each text ends with a NUL, otherwise
  /// 0.
  public let terminator: Int

  public init(bytes: UnsafePointer<UInt8>, offsets: UnsafePointer<Int64>, count: Int, terminator: Int = 0) {
    self.bytes = bytes
    self.offsets = offsets
    self.count = count
    self.terminator = terminator
  }

  /// The bytes of a text; index in 0 ..< count.
  func text(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    let start = Int(offsets[index])
    let length = Int(offsets[index + 1]) - start - terminator
    return UnsafeBufferPointer(start: bytes + start, count: max(length, 0))
  }
}
