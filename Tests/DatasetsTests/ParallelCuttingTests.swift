import Datasets
import Platform
import Testing

/// A text large enough to be cut in several parts at once, many of whose borders lie within quotes.
@Suite("A text cut in parts is the text cut in one", .serialized)
struct ParallelCuttingTests {
  @Test("Quotes around line ends, delimiters and quotes, wherever a part begins")
  func quotedLineEnds() throws {
    var random = RandomStream(seed: 4)
    var text = "id,note,amount\n"
    for row in 0..<40_000 {
      let note =
        switch random.below(4) {
        case 0: "\"two\nlines, one cell\""
        case 1: "\"said \"\"\(row)\"\"\r\n\n\""
        case 2: "\"" + String(repeating: "x\n", count: random.below(60)) + "\""
        default: "plain"
        }
      text += "\(row),\(note),\(row % 97).5\n"
    }
    var digests: [String] = []
    for threads: Int32 in [1, 2, 5] {
      try WorkerPool.setThreads(threads)
      defer { try? WorkerPool.setThreads(0) }
      let table = try Array(text.utf8).withUnsafeBytes { try Dataset.read(bytes: $0, named: "notes.csv") }
      #expect(table.rows == 40_000)
      digests.append(try table.digest())
    }
    #expect(Set(digests).count == 1)
    // One quoted cell that spans every part.
    let giant = "a,b\n1,\"" + String(repeating: "line\n", count: 400_000) + "\"\n2,x\n"
    let table = try Array(giant.utf8).withUnsafeBytes { try Dataset.read(bytes: $0, named: "giant.csv") }
    #expect(table.rows == 2)
    // A quote that never ends is an error at its line, not at a part's.
    let open = text + "40000,\"open,1\n"
    #expect {
      try Array(open.utf8).withUnsafeBytes { _ = try Dataset.read(bytes: $0, named: "open.csv") }
    } throws: { error in
      (error as? Failure)?.message.contains("never ends") ?? false
    }
  }
}
