/// JSON in which integers beyond 64 bits stand in quotes: their digits then stay as they are, as text.
enum LongIntegers {
  /// - Returns: nil where no integer is so long, which is nearly always.
  static func quoted(_ json: UnsafeRawBufferPointer) -> [UInt8]? {
    var result: [UInt8]?
    var copied = 0
    var at = 0
    while at < json.count {
      switch json[at] {
      case UInt8(ascii: "\""):
        at += 1
        while at < json.count, json[at] != UInt8(ascii: "\"") { at += json[at] == UInt8(ascii: "\\") ? 2 : 1 }
        at += 1
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        let start = at
        at += 1
        while at < json.count, isNumber(json[at]) { at += 1 }
        guard at - start >= 19 else { continue }
        let text = String(decoding: json[start..<at], as: UTF8.self)
        guard text.dropFirst(text.hasPrefix("-") ? 1 : 0).utf8.allSatisfy({ (48...57).contains($0) }),
          Int64(text) == nil
        else { continue }
        result =
          (result ?? []) + json[copied..<start] + [UInt8(ascii: "\"")] + Array(text.utf8) + [
            UInt8(ascii: "\"")
          ]
        copied = at
      default: at += 1
      }
    }
    return result.map { $0 + json[min(copied, json.count)...] }
  }

  private static func isNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"),
      UInt8(ascii: "+"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
