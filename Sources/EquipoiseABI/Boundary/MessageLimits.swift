/// Limits the parts of the host's input that messages repeat: a column's name may have megabytes.
enum MessageLimits {
  /// The maximum number of bytes of a quoted text, and of a run without spaces (such as a path).
  static let quoted = 200
  /// The maximum number of bytes of a message.
  static let message = 4000

  /// The message with longer quotations truncated, and truncated itself.
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
        // The first byte of a character, where the text may be cut.
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
