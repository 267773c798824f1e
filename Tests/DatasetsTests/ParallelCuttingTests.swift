import Datasets
import Platform
import Testing

/// A text that is large enough to be cut in several parts at once; many of the borders are inside quotes.
@Suite("A text cut in parts is the text cut in one")
struct ParallelCuttingTests {
  @Test("Quotes around line ends, delimiters and quotes, wherever a part begins")
  func quotedLineEnds() throws {
    var random = RandomStream(seed: 4)
    var text = "id,note,amount\n"
    var notes: [String] = []
    for row in 0..<40_000 {
      let note =
        switch random.below(4) {
        case 0: "two\nlines, one cell"
        case 1: "said \"\(row)\"\r\n\nand left"
        case 2: String(repeating: "x\n", count: random.below(60)) + "end"
        default: "plain"
        }
      notes.append(note)
      let quoted =
        note == "plain"
        ? note
        : "\"" + note.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
          + "\""
      text += "\(row),\(quoted),\(row % 97).5\n"
    }
    let read = try Array(text.utf8).withUnsafeBytes { try Dataset.read(bytes: $0, named: "notes.csv") }
    guard case .text(let texts) = try read.column("note").values else {
      Issue.record("the notes are no texts")
      return
    }
    #expect(texts.count == 40_000)
    #expect(notes.indices.allSatisfy { texts.string($0) == notes[$0] })
    let amounts = try read.column("amount").doubles()
    #expect(notes.indices.allSatisfy { amounts.elements[$0] == Double($0 % 97) + 0.5 })
    // One quoted cell that extends over all parts.
    let giant = "a,b\n1,\"" + String(repeating: "line\n", count: 400_000) + "\"\n2,x\n"
    let table = try Array(giant.utf8).withUnsafeBytes { try Dataset.read(bytes: $0, named: "giant.csv") }
    #expect(table.rows == 2)
    // A quote that is never closed is an error at its own line.
    let open = text + "40000,\"open,1\n"
    #expect {
      try Array(open.utf8).withUnsafeBytes { _ = try Dataset.read(bytes: $0, named: "open.csv") }
    } throws: { error in
      (error as? Failure)?.message.contains("never ends") ?? false
    }
  }
}
