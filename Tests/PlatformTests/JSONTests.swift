import Platform
import Testing

@Suite("JSON")
struct JSONTests {
  @Test("A document comes back as it was, its keys in order")
  func roundTrip() throws {
    let text = #"{"b":1,"a":[0.1,-2.5e-07,true,null,"\"\\\n\u0001é"],"c":{}}"#
    #expect(
      try JSONValue.parse(text).text() == #"{"b":1,"a":[0.1, -2.5e-07, true, null, "\"\\\n\u0001é"],"c":{}}"#)
  }

  @Test("A bare scalar is a document", arguments: ["1", "true", "null", "\"x\"", " 2.5 "])
  func scalars(text: String) throws {
    _ = try JSONValue.parse(text)
  }

  @Test(
    "Text that is not JSON is refused with the byte",
    arguments: ["", "{", "[1,]", "{\"a\":}", "[1] 2", "{a:1}", "nul", "\"\u{1}", "[NaN]", "// x\n1", "[1"])
  func malformed(text: String) {
    #expect { try JSONValue.parse(text) } throws: { ($0 as? Failure)?.kind == .invalidConfig }
  }

  @Test(
    "Ambiguous JSON is refused at its location",
    arguments: [
      (#"{"a":1,"b":2,"a":3}"#, 13), (#"[{"x":{"y":0,"y":0}}]"#, 13), (#"["\ud83d"]"#, 2),
      (#"["\ude00\ud83d"]"#, 2),
      (#"["\ud83dx"]"#, 2), ("[01]", 1), ("[1.]", 3), ("[-]", 2), ("[1e400]", 1), ("[.5]", 1), ("[+1]", 1),
      ("[tru]", 1),
      (#"["\x"]"#, 3), (#"["\u12g4"]"#, 6), ("[\"a\tb\"]", 3), ("[1 2]", 3), (#"{"a" 1}"#, 5),
      ("\u{feff}1", 0),
    ])
  func ambiguous(text: String, byte: Int) {
    #expect { try JSONValue.parse(text) } throws: { error in
      (error as? Failure)?.location == "byte \(byte)"
    }
  }

  @Test("A key twice among many is found, however many there are")
  func repeatedAmongMany() {
    let keys = (0..<1000).map { "\"k\($0)\":0" } + ["\"k500\":1"]
    #expect(throws: Failure.self) { try JSONValue.parse("{" + keys.joined(separator: ",") + "}") }
    #expect(throws: Never.self) { try JSONValue.parse("{" + keys.dropLast().joined(separator: ",") + "}") }
  }

  @Test("Text that is not UTF-8 is refused, in keys, values and behind escapes")
  func notUTF8() {
    let broken: [[UInt8]] = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [92, 110, 0xff]]
    for bytes in broken {
      for (before, after) in [("[\"", "\"]"), ("{\"", "\":0}")] {
        let text = Array(before.utf8) + bytes + Array(after.utf8)
        #expect(throws: Failure.self) { try text.withUnsafeBufferPointer { try JSONValue.parse($0) } }
      }
    }
  }

  @Test("Escapes, pairs of surrogates and NUL become their characters")
  func escapes() throws {
    let text = #"["\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00é€😀", "a\u0000b"]"#
    #expect(try JSONValue.parse(text) == ["\"\\/\u{8}\u{c}\n\r\té€😀é€😀", "a\u{0}b"])
  }

  @Test("Integers are exact to 64 bits, and never clamped beyond")
  func integers() throws {
    #expect(
      try JSONValue.parse("[9223372036854775807, -9223372036854775808, -0]")
        == [.integer(Int64.max), .integer(Int64.min), 0])
    #expect(
      try JSONValue.parse("[1000000000000000019884624838656]", failing: .invalidModel) == [.number(1e30)])
    let text = Array("[123456789012345678901234567890, -9223372036854775809]".utf8)
    let exact = try text.withUnsafeBufferPointer { try JSONValue.parse($0, largeIntegers: .strings) }
    #expect(exact == ["123456789012345678901234567890", "-9223372036854775809"])
    #expect(throws: Failure.self) { try JSONValue.parse("[9223372036854775808]") }
    #expect(throws: Failure.self) { try JSONValue.parse("[-9223372036854775809]", failing: .invalidData) }
  }

  @Test("Numbers are the nearest doubles, however many digits they have")
  func numbers() throws {
    let long = "0." + String(repeating: "3", count: 400)
    #expect(
      try JSONValue.parse("[\(long), 1e-7, 2.5E+3, 5e-324, 1e-400]") == [
        .number(1.0 / 3), 1e-7, 2500.0, 5e-324, 0.0,
      ])
  }

  @Test("Nesting of 64 is read, deeper than 64 is refused, not followed")
  func depth() {
    #expect(throws: Failure.self) {
      try JSONValue.parse(String(repeating: "[", count: 100_000))
    }
    let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    #expect(throws: Never.self) { try JSONValue.parse(deepest) }
    #expect(throws: Failure.self) { try JSONValue.parse("[" + deepest + "]") }
  }

  @Test("A typing error gets a suggestion, a different word does not")
  func suggestion() {
    #expect(Suggestion.nearest(to: "adamm", among: ["sgd", "adam", "adamw"]) == "adam")
    #expect(Suggestion.nearest(to: "banana", among: ["sgd", "adam"]) == nil)
  }
}
