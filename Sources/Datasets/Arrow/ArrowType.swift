/// The Arrow types that columns can hold, parsed from a schema's format string (Arrow C data interface, "Data
/// type description").
enum ArrowType: Equatable {
  case null
  case boolean
  /// The size is 1, 2, 4 or 8 bytes.
  case integer(bytes: Int, signed: Bool)
  /// The size is 2, 4 or 8 bytes.
  case fraction(bytes: Int)
  /// The offsets have 4 or 8 bytes.
  case text(offsetBytes: Int)
  case textView
  /// value · 10^-scale, a two's complement integer of 4, 8, 16 or 32 bytes.
  case decimal(scale: Int, bytes: Int)
  /// Days since 1970-01-01, in 4 bytes.
  case days
  /// The time since 1970-01-01 in 8 bytes, in units of 1 / perSecond seconds; a date is shown without a time
  /// of day.
  case instant(perSecond: Int64, dateOnly: Bool)
  /// `width` values of the child for each row.
  case block(width: Int)

  /// nil for a type that no column can hold.
  init?(format: String) {
    switch format {
    case "n": self = .null
    case "b": self = .boolean
    case "c", "s", "i", "l": self = .integer(bytes: Self.bytes[format] ?? 8, signed: true)
    case "C", "S", "I", "L": self = .integer(bytes: Self.bytes[format.lowercased()] ?? 8, signed: false)
    case "e": self = .fraction(bytes: 2)
    case "f": self = .fraction(bytes: 4)
    case "g": self = .fraction(bytes: 8)
    case "u": self = .text(offsetBytes: 4)
    case "U": self = .text(offsetBytes: 8)
    case "vu": self = .textView
    case "tdD": self = .days
    case "tdm": self = .instant(perSecond: 1_000, dateOnly: true)
    default:
      guard let parsed = Self.parameterized(format) else { return nil }
      self = parsed
    }
  }

  private static let bytes = ["c": 1, "s": 2, "i": 4, "l": 8]

  private static func parameterized(_ format: String) -> ArrowType? {
    let parts = format.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "d":
      let numbers = parts[1].split(separator: ",").map { Int($0) }
      guard numbers.count == 2 || numbers.count == 3, let scale = numbers[1], abs(scale) <= 100 else {
        return nil
      }
      let bits = numbers.count == 3 ? numbers[2] : 128
      guard let bits, [32, 64, 128, 256].contains(bits) else { return nil }
      return .decimal(scale: scale, bytes: bits / 8)
    case "tss": return .instant(perSecond: 1, dateOnly: false)
    case "tsm": return .instant(perSecond: 1_000, dateOnly: false)
    case "tsu": return .instant(perSecond: 1_000_000, dateOnly: false)
    case "tsn": return .instant(perSecond: 1_000_000_000, dateOnly: false)
    case "+w":
      guard let width = Int(parts[1]), (1...1 << 24).contains(width) else { return nil }
      return .block(width: width)
    default: return nil
    }
  }

  /// The list of accepted types for messages.
  static let accepted =
    "null, bool, integers, floats, decimals, utf8, large_utf8, utf8_view, dates, timestamps, dictionaries "
    + "of these and fixed-size lists of floats"
}
