import Platform
import Testing

@testable import Tokenizers

/// Regular expressions of tokenizers' files; their results are compared with the `tokenizers` library's in
/// `SampleTests` ("patterns").
@Suite("Regular expressions")
struct RegularExpressionTests {
  private func translated(_ expression: String) -> String? {
    var syntax = RegularExpressionSyntax(expression)
    return syntax.translated()
  }

  @Test("Oniguruma's syntax becomes PCRE2's")
  func translation() {
    #expect(translated(#"[^(\s|[.,!])]+"#) == #"[^(\s|.,!)]+"#)
    #expect(translated(#"[]a[:alpha:][b-d]]"#) == #"[\]a[:alpha:]b-d]"#)
    #expect(translated(#"(?m:a.b)(?i-m)\h\\h[\h]"#) == #"(?s:a.b)(?i-s)[0-9a-fA-F]\\h[0-9a-fA-F]"#)
    #expect(translated(#"\p{N}{1,3}|a{2,}?|\{1}+|x++"#) == #"\p{N}{1,3}|a{2,}?|\{1}+|x++"#)
    #expect(translated(#"[a&&[^b]]"#) == #"(?>(?=[a])[^b])"#)
    #expect(translated(#"[^a-z&&[^b]c]"#) == #"(?:(?!(?>(?=[a-z])(?>[c]|[^b])))(?s:.))"#)
    #expect(translated(#"[a[^b]\H]"#) == #"(?>(?>[a]|[^b]|[^0-9a-fA-F]))"#)
    #expect(translated(#"[a-[b]][[a]-z]"#) == #"[a\-b][a\-z]"#)
    #expect(
      translated(#"\p{N}{1,3}+(ab){2,3}+[c]{2}+\u00e9{,4}"#)
        == #"\p{N}{1,}(?:(ab){2,3})+(?:[c]{2})+\x{00e9}{0,4}"#)
    let nested = String(repeating: "[", count: 40) + "a" + String(repeating: "]", count: 40)
    for refused in [#"[a&&]"#, #"a{1,3}++"#, "[ab", nested] {
      #expect(translated(refused) == nil, "\(refused)")
    }
  }

  private func replacing(_ expression: String) throws -> Tokenizer {
    try SampleTests.tokenizer(
      #"""
      {"normalizer": {"type": "Replace", "pattern": {"Regex": "\#(expression)"}, "content": ""},
       "model": {"type": "WordLevel", "vocab": {"a": 0, "[UNK]": 1}, "unk_token": "[UNK]"}}
      """#)
  }

  @Test(
    "An expression that backtracks without end is an error of the text, and the next text is encoded",
    arguments: [#"(a+)+b"#, #"(a|aa)+$b"#, #"(?:a*)*b"#, #"(a*)*cc"#])
  func hostile(expression: String) throws {
    let tokenizer = try replacing(expression)
    // The last two characters keep PCRE2 from seeing at once that nothing can match.
    let text = String(repeating: "a", count: 20_000) + "cb"
    let failure = #expect(throws: Failure.self) {
      try tokenizer.encode(text)
    }
    #expect(failure?.kind == .invalidData && failure?.message.contains("too many steps") == true)
    #expect(try tokenizer.encode("a").ids == [0])
  }

  @Test("Long texts of one character stay below the limit with the expressions of well-known files")
  func longRuns() throws {
    let tokenizer = try replacing(
      #" ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"#)
    for text in ["\n", " ", "!", "x", "é"] {
      _ = try tokenizer.encode(String(repeating: text, count: 100_000) + "a")
    }
  }
}
