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
    "What is not JSON is refused with its byte",
    arguments: ["", "{", "[1,]", "{\"a\":}", "[1] 2", "{a:1}", "nul", "\"\u{1}", "[NaN]", "// x\n1", "[1"])
  func malformed(text: String) {
    #expect { try JSONValue.parse(text) } throws: { ($0 as? Failure)?.kind == .invalidConfig }
  }

  @Test("Nesting deeper than 64 is refused, not followed")
  func depth() {
    #expect(throws: Failure.self) {
      try JSONValue.parse(String(repeating: "[", count: 100_000))
    }
  }

  @Test("A slip of the pen is suggested, a different word is not")
  func suggestion() {
    #expect(Suggestion.nearest(to: "adamm", among: ["sgd", "adam", "adamw"]) == "adam")
    #expect(Suggestion.nearest(to: "banana", among: ["sgd", "adam"]) == nil)
  }
}
