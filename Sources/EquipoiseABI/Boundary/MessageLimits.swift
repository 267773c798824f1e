/// Bounds what messages repeat of a host's input: a column's name may have megabytes.
enum MessageLimits {
  /// The most bytes of a quoted text, and of a run without blanks (a path).
  static let quoted = 200
  /// The most bytes of a message.
  static let message = 4000

  /// The message with each longer quotation cut, and itself cut at its end.
  static func limited(_ message: String) -> String {
    guard message.utf8.count > quoted else { return message }
    var result: [UInt8] = []
    var run = 0
    var isCut = false
    var isQuoted = false
    for byte in message.utf8 {
      if byte == 34 {
        isQuoted.toggle()
        (run, isCut) = (0, false)
      } else if byte == 32, !isQuoted {
        (run, isCut) = (0, false)
      } else {
        run += 1
        // A character's first byte: where a text can be cut.
        if !isCut, run > quoted - 8, byte & 0xc0 != 0x80 {
          isCut = true
          result.append(contentsOf: "…".utf8)
        }
        if isCut { continue }
      }
      if result.count >= Self.message, byte & 0xc0 != 0x80 {
        result.append(contentsOf: "…".utf8)
        break
      }
      result.append(byte)
    }
    return String(decoding: result, as: UTF8.self)
  }
}
