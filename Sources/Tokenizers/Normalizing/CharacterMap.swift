import Platform
import PlatformKernels
import TextKernels

/// The replacement table of a sentencepiece model ("precompiled_charsmap").
final class CharacterMap: @unchecked Sendable {
  /// The length of the longest replacement in bytes.
  let longest: Int
  private let units: Buffer<UInt32>
  private let texts: Buffer<UInt8>
  private let map: character_map

  /// - Parameter blob: the number of bytes of a double array, the double array, and NUL-terminated texts.
  init(_ blob: [UInt8], at field: ModelField) throws {
    func word(_ place: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(blob[place + $1]) << (8 * UInt32($1)) }
    }
    guard blob.count >= 4 else {
      throw field.invalid("the table has \(blob.count) bytes; at least 4 are needed")
    }
    let size = Int(word(0))
    guard size % 4 == 0, size <= blob.count - 4 else {
      throw field.invalid("the table claims \(size) bytes of an array; \(blob.count - 4) are there")
    }
    let units = try Buffer<UInt32>(count: size / 4, for: "a table of characters")
    for unit in 0..<(size / 4) { units.elements[unit] = word(4 + unit * 4) }
    let rest = blob[(4 + size)...]
    // A NUL is added at the end, so that every text is terminated.
    let texts = try Buffer<UInt8>(count: rest.count + 1, for: "a table of characters")
    var (longest, length) = (0, 0)
    for (place, byte) in rest.enumerated() {
      texts.elements[place] = byte
      length = byte == 0 ? 0 : length + 1
      longest = max(longest, length)
    }
    let valid = rest.withUnsafeBytes {
      text_is_utf8($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
    guard valid else { throw field.invalid("the replacements are not UTF-8") }
    self.longest = longest
    (self.units, self.texts) = (units, texts)
    map = character_map(
      units: units.pointer, unit_count: units.count, texts: texts.pointer, text_bytes: texts.count,
      longest: longest)
  }

  func apply(_ source: inout aligned_text, _ target: inout aligned_text) {
    var map = map
    text_rewrite_mapped(&source, &target, &map)
  }
}
