import Datasets
import Platform
import Testing

@Suite("Tagged sentences, a word a line")
struct CoNLLTests {
  func read(_ text: String, _ options: String = "{}", named name: String = "a.conll") throws -> [String:
    [String]]
  {
    let dataset = try Array(text.utf8).withUnsafeBytes {
      try Dataset.read(bytes: $0, named: name, options: OpenOptions(json: options))
    }
    var result: [String: [String]] = [:]
    for column in dataset.columns {
      guard case .text(let texts) = column.values else { continue }
      result[column.name] = (0..<texts.count).map { texts.string($0) }
    }
    return result
  }

  @Test("CoNLL 2003's four columns: words and the last column; documents are no sentences")
  func fourColumns() throws {
    let text = "-DOCSTART- -X- O O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n\nPeter NNP B-NP B-PER"
    let found = try read(text)
    #expect(found["text"] == ["EU rejects", "Peter"] && found["tags"] == ["B-ORG O", "B-PER"])
    #expect(found["column_2"] == ["NNP VBZ", "NNP"])
    let named = try read(text, #"{"column_names": ["word", "pos", "chunk", "ner"], "max_rows": 1}"#)
    #expect(named["ner"] == ["B-ORG O"])
  }

  @Test("WikiANN's language before every word, tabs, blanks within a word")
  func languages() throws {
    let found = try read(
      "en:Karl\tB-PER\nen::\tO\n\nde:New York\tB-LOC\r\n\r\n", #"{"format": "conll"}"#, named: "train")
    #expect(found["text"] == ["Karl :", "New\u{A0}York"] && found["language"] == ["en", "de"])
    #expect(try read("en:a O\nb O\n")["text"] == ["en:a b"])
  }

  @Test("Lines of other lengths, files without lines, and bytes that are not UTF-8 are named")
  func mistakes() throws {
    let ragged = #expect(throws: Failure.self) { _ = try read("a O\n\nb X O\n") }
    #expect(ragged?.location == "a.conll:3")
    let single = #expect(throws: Failure.self) { _ = try read("word\n") }
    #expect(single?.location == "a.conll:1")
    #expect(throws: Failure.self) { _ = try read("\n\n") }
    let names = #expect(throws: Failure.self) { _ = try read("a O\n", #"{"column_names": ["a"]}"#) }
    #expect(names?.location == "/column_names")
  }

  @Test("Changed bytes give rows or a sentence of what is wrong, and rows have as many tags as words")
  func changedBytes() throws {
    let text = Array("en:Karl\tB-PER\nen:Ove\tI-PER\n\n-DOCSTART-\tO\nde:Mün chen\tB-LOC\r\n\n".utf8)
    var random = RandomStream(seed: 1)
    var read = 0
    for _ in 0..<3000 {
      var bytes = text
      for _ in 0...random.below(4) {
        bytes[random.below(bytes.count)] =
          [9, 10, 13, 32, 0, 0xC3, 58, UInt8(random.below(256))][random.below(8)]
      }
      do {
        let rows = try bytes.withUnsafeBytes { try Dataset.read(bytes: $0, named: "a.conll") }
        read += 1
        guard case .text(let words) = try rows.column("text").values,
          case .text(let tags) = try rows.column("tags").values
        else { continue }
        for row in 0..<rows.rows {
          let counts = [words, tags].map { $0.string(row).utf8.split(separator: 0x20).count }
          #expect(counts[0] == counts[1] && counts[0] > 0)
        }
      } catch let failure as Failure {
        #expect(failure.kind == .invalidData && !failure.message.isEmpty)
      }
    }
    #expect(read > 100)
  }
}
