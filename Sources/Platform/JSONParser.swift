import PlatformKernels

/// Parses a JSON document (RFC 8259) without recursion: values are kept on one stack until their array or
/// object ends.
struct JSONParser {
  /// An open array or object.
  private struct Container {
    let isObject: Bool
    let firstValue: Int
    let firstKey: Int
    /// The keys so far, if there are many.
    var names: Set<String>?
  }

  private let text: UnsafeBufferPointer<UInt8>
  private let kind: Failure.Kind
  private let largeIntegers: JSONValue.LargeIntegers
  private var at = 0
  private var values: [JSONValue] = []
  private var keys: [String] = []
  private var open: [Container] = []

  init(
    _ text: UnsafeBufferPointer<UInt8>, failing kind: Failure.Kind, largeIntegers: JSONValue.LargeIntegers
  ) {
    (self.text, self.kind, self.largeIntegers) = (text, kind, largeIntegers)
  }

  mutating func document() throws -> JSONValue {
    repeat { try step() } while !open.isEmpty
    skipBlanks()
    if at < text.count { throw failure("\(shown(text[at])) follows the document") }
    guard let value = values.popLast() else { throw failure("it is empty") }
    return value
  }

  /// Parses up to the end of a value, or to the beginning of an array or object.
  private mutating func step() throws {
    try Memory.check()
    if let container = open.last, container.isObject {
      if try close(123, 125, isFirst: keys.count == container.firstKey) { return }
      try key()
    } else if let container = open.last {
      if try close(91, 93, isFirst: values.count == container.firstValue) { return }
    }
    skipBlanks()
    guard at < text.count else {
      throw failure(open.isEmpty ? "it is empty" : "the text ends in the middle of a value")
    }
    switch text[at] {
    case 123, 91:
      guard open.count < JSONValue.maximumDepth else {
        throw failure("it is nested more than \(JSONValue.maximumDepth) deep")
      }
      open.append(
        Container(isObject: text[at] == 123, firstValue: values.count, firstKey: keys.count))
      at += 1
    case 34:
      at += 1
      try push(.string(string()))
    case 45, 48...57: try push(number())
    case 116: try push(word("true", .bool(true)))
    case 102: try push(word("false", .bool(false)))
    case 110: try push(word("null", .null))
    default: throw failure("\(shown(text[at])) begins no value")
    }
  }

  private mutating func push(_ value: JSONValue) throws {
    try values.makeRoom(purpose: "reading JSON")
    values.append(value)
  }

  // MARK: Arrays and objects

  /// Whether the innermost container ends here; if not, `at` is moved after the separator.
  private mutating func close(_ opening: UInt8, _ closing: UInt8, isFirst: Bool) throws -> Bool {
    skipBlanks()
    guard at < text.count else { throw failure("the text ends in the middle of a value") }
    if text[at] == closing {
      at += 1
      try finish()
      return true
    }
    if isFirst { return false }
    guard text[at] == 44 else {
      throw failure("\(shown(text[at])) stands where a comma or the end of the \(name(opening)) is expected")
    }
    at += 1
    skipBlanks()
    if at < text.count, text[at] == closing {
      throw failure("a comma stands before the end of the \(name(opening))")
    }
    return false
  }

  private func name(_ opening: UInt8) -> StaticString { opening == 123 ? "object" : "array" }

  private mutating func finish() throws {
    guard let container = open.popLast() else { return }
    let count = values.count - container.firstValue
    try Memory.require(count, of: JSONValue.Member.self, for: "reading JSON")
    let value: JSONValue
    if container.isObject {
      value = .object(
        zip(keys[container.firstKey...], values[container.firstValue...]).map { JSONValue.Member($0, $1) })
      keys.removeSubrange(container.firstKey...)
    } else {
      value = .array(Array(values[container.firstValue...]))
    }
    values.removeSubrange(container.firstValue...)
    try push(value)
  }

  /// Parses a key and the colon after it.
  private mutating func key() throws {
    skipBlanks()
    guard at < text.count, text[at] == 34 else {
      throw failure(
        at < text.count
          ? "\(shown(text[at])) stands where a key is expected" : "the text ends in the middle of a value")
    }
    let start = at
    at += 1
    let key = try string()
    guard try isNew(key) else {
      throw failure("the key \"\(key)\" occurs twice in one object", at: start)
    }
    try keys.makeRoom(purpose: "reading JSON")
    keys.append(key)
    skipBlanks()
    guard at < text.count, text[at] == 58 else { throw failure("a colon is expected behind a key") }
    at += 1
  }

  /// Whether a key is new; few keys are compared one by one, many are stored in a set.
  private mutating func isNew(_ key: String) throws -> Bool {
    guard let container = open.last else { return true }
    let last = open.count - 1
    if container.names == nil {
      let known = keys[container.firstKey...]
      if known.count < 16 { return !known.contains(key) }
      open[last].names = Set(known)
    }
    if let names = container.names, names.count == names.capacity {
      try Memory.require(names.count * 4, of: String.self, for: "reading JSON")
    }
    return open[last].names?.insert(key).inserted ?? true
  }

  // MARK: Scalars

  private func word(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard text.count - at >= count else { return false }
    return (0..<count).allSatisfy { text[at + $0] == word.utf8Start[$0] }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
    guard self.word(word) else { throw failure("no value begins like this; \(word)?") }
    at += word.utf8CodeUnitCount
    return value
  }

  private mutating func number() throws -> JSONValue {
    let start = at
    if text[at] == 45 { at += 1 }
    let whole = digits()
    guard whole > 0 else { throw failure("a number has no digits") }
    if whole > 1, text[at - whole] == 48 {
      throw failure("a number begins with a superfluous zero", at: start)
    }
    var isInteger = true
    if at < text.count, text[at] == 46 {
      isInteger = false
      at += 1
      guard digits() > 0 else { throw failure("no digits follow the point of a number") }
    }
    if at < text.count, text[at] | 0x20 == 101 {
      isInteger = false
      at += 1
      if at < text.count, text[at] == 43 || text[at] == 45 { at += 1 }
      guard digits() > 0 else { throw failure("a number's exponent has no digits") }
    }
    return try number(start..<at, isInteger: isInteger)
  }

  private func number(_ range: Range<Int>, isInteger: Bool) throws -> JSONValue {
    guard let base = text.baseAddress else { return .null }
    let characters = UnsafeRawPointer(base + range.lowerBound).assumingMemoryBound(to: CChar.self)
    let readable = text.count - range.lowerBound
    if isInteger {
      var integer: Int64 = 0
      if integer_from_text(characters, range.count, readable, &integer) { return .integer(integer) }
      if largeIntegers == .strings { return .string(String(decoding: text[range], as: UTF8.self)) }
      if largeIntegers == .refused {
        throw failure(
          "an integer is beyond 64 bits; in quotes it is a text with all its digits", at: range.lowerBound)
      }
    }
    var number = 0.0
    guard double_from_text(characters, range.count, readable, &number), number.isFinite else {
      try Memory.check()
      throw failure("a number is beyond what 64 bits hold", at: range.lowerBound)
    }
    return .number(number)
  }

  private mutating func digits() -> Int {
    let start = at
    while at < text.count, (48...57).contains(text[at]) { at += 1 }
    return at - start
  }

  // MARK: Strings

  /// Parses a string; `at` is after its opening quote.
  private mutating func string() throws -> String {
    let start = at
    var seen: UInt8 = 0
    while at < text.count, text[at] != 34, text[at] != 92, text[at] >= 32 {
      seen |= text[at]
      at += 1
    }
    guard at < text.count else { throw failure("the text ends within a string") }
    guard text[at] >= 32 else { throw controlCharacter() }
    if text[at] == 92 { return try escapedString(from: start) }
    let range = start..<at
    at += 1
    try Memory.require(bytes: range.count, for: "reading JSON")
    if seen < 0x80 { return String(decoding: UnsafeBufferPointer(rebasing: text[range]), as: UTF8.self) }
    guard let string = String(validating: UnsafeBufferPointer(rebasing: text[range]), as: UTF8.self) else {
      throw failure("a string is not UTF-8", at: start)
    }
    return string
  }

  /// Parses a string with escapes from its start.
  private mutating func escapedString(from start: Int) throws -> String {
    var bytes: [UInt8] = []
    at = start
    while true {
      let from = at
      while at < text.count, text[at] != 34, text[at] != 92, text[at] >= 32 { at += 1 }
      guard at < text.count else { throw failure("the text ends within a string") }
      guard text[at] >= 32 else { throw controlCharacter() }
      try bytes.makeRoom(for: at - from + 4, purpose: "reading JSON")
      bytes.append(contentsOf: text[from..<at])
      let isEnd = text[at] == 34
      at += 1
      if isEnd { break }
      try escape(into: &bytes)
    }
    guard let string = String(validating: bytes, as: UTF8.self) else {
      throw failure("a string is not UTF-8", at: start)
    }
    return string
  }

  /// Parses the part of an escape after the backslash.
  private mutating func escape(into bytes: inout [UInt8]) throws {
    guard at < text.count else { throw failure("the text ends within a string") }
    let letter = text[at]
    switch letter {
    case 34, 47, 92: bytes.append(letter)
    case 98: bytes.append(8)
    case 102: bytes.append(12)
    case 110: bytes.append(10)
    case 114: bytes.append(13)
    case 116: bytes.append(9)
    case 117:
      let scalar = try unicodeEscape()
      bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      return
    default: throw failure("\\\(shown(letter)) is no escape")
    }
    at += 1
  }

  /// Parses a character written as \uXXXX, or as a surrogate pair of two of these.
  private mutating func unicodeEscape() throws -> Unicode.Scalar {
    let start = at - 1
    let first = try hexadecimal()
    var value = first
    if (0xd800..<0xdc00).contains(first), at + 1 < text.count, text[at] == 92, text[at + 1] == 117 {
      at += 1
      let second = try hexadecimal()
      if (0xdc00..<0xe000).contains(second) {
        value = 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)
      }
    }
    guard let scalar = Unicode.Scalar(value) else {
      throw failure("half of a surrogate pair stands alone in a string", at: start)
    }
    return scalar
  }

  /// Parses the four digits after the "u" at `at`.
  private mutating func hexadecimal() throws -> UInt32 {
    at += 1
    guard text.count - at >= 4 else { throw failure("the text ends within a string") }
    var value: UInt32 = 0
    for place in at..<(at + 4) {
      let byte = text[place]
      switch byte {
      case 48...57: value = value << 4 | UInt32(byte - 48)
      case 65...70, 97...102: value = value << 4 | UInt32((byte | 0x20) - 87)
      default: throw failure("\\u is followed by four hexadecimal digits", at: place)
      }
    }
    at += 4
    return value
  }

  // MARK: Errors

  private mutating func skipBlanks() {
    while at < text.count, [32, 9, 10, 13].contains(text[at]) { at += 1 }
  }

  private func shown(_ byte: UInt8) -> String {
    (33...126).contains(byte) ? "\"\(Character(Unicode.Scalar(byte)))\"" : "byte \(byte)"
  }

  private func controlCharacter() -> Failure {
    failure("a control character stands in a string; \\n, \\u0001 are accepted")
  }

  private func failure(_ reason: String, at place: Int? = nil) -> Failure {
    let place = place ?? at
    return Failure(kind, "not JSON at byte \(place): \(reason)", at: "byte \(place)")
  }
}
