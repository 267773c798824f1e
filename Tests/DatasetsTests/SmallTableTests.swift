import Foundation
import Platform
import Testing

@testable import Datasets

/// The memory that a table of some kilobytes can request is limited.
@Suite("Small tables that request much memory")
struct SmallTableTests {
  private func read(_ text: String, named name: String, _ json: String? = nil) throws -> Dataset {
    try Array(text.utf8).withUnsafeBytes {
      try Dataset.read(bytes: $0, named: name, options: OpenOptions(json: json))
    }
  }

  @Test("JSON Lines with a new key in every line would be a quadratic table and are refused")
  func newKeys() throws {
    let lines = (0..<3000).map { "{\"k\($0)\": \($0)}\n" }.joined()
    let failure = #expect(throws: Failure.self) { try read(lines, named: "keys.jsonl") }
    #expect(failure?.kind == .invalidData)
    #expect(failure?.message.contains("3000 rows with 3000 different keys") == true)
  }

  @Test("JSON Lines that share few keys are read, each cell in its row")
  func sparseKeys() throws {
    let lines = (0..<500).map { "{\"k\($0 % 50)\": \($0), \"all\": \"x\"}\n" }.joined()
    let rows = try read(lines, named: "keys.jsonl")
    #expect(rows.rows == 500 && rows.columns.count == 51)
    #expect(rows.columns.map(\.name).prefix(3) == ["k0", "all", "k1"])
    let seventh = try rows.column("k7")
    #expect(seventh.values.typeName == "int64")
    for row in 0..<500 {
      #expect(seventh.isMissing(row) == (row % 50 != 7))
      if row % 50 == 7, case .int64(let values) = seventh.values {
        #expect(values.elements[row] == Int64(row))
      }
    }
  }

  @Test("Columns of one name get numbers, none of which is a name that the file has")
  func equalNames() throws {
    let header = "c,c,c_2,c,d,d,c_5,c,c"
    let rows = try read(header + "\n1,2,3,4,5,6,7,8,9\n", named: "names.csv")
    #expect(rows.columns.map(\.name) == ["c", "c_3", "c_2", "c_4", "d", "d_2", "c_5", "c_6", "c_7"])
    let many = Array(repeating: "c", count: 20_000).joined(separator: ",")
    let wide = try read(
      many + "\n" + Array(repeating: "1", count: 20_000).joined(separator: ",") + "\n", named: "names.csv")
    #expect(Set(wide.columns.map(\.name)).count == 20_000)
  }

  @Test("max_rows reads as much of a packed file as it needs, records of many lines included")
  func packed() throws {
    let path = "/tmp/equipoise-packed-\(getpid()).csv.gz"
    defer { unlink(path) }
    // Each record has 50 lines, in quotes.
    let cell = "\"" + Array(repeating: "a line", count: 50).joined(separator: "\n") + "\""
    let texts = (0..<4000).map { _ in cell.dropFirst().dropLast() }.map(String.init)
    let whole = try Dataset([Column(name: "t", texts: texts)])
    try whole.write(path: path)
    for wanted in [0, 1, 7, 500, 3999, 4000, 5000] where wanted > 0 {
      let rows = try Dataset.open(path: path, options: OpenOptions(json: "{\"max_rows\": \(wanted)}"))
      #expect(rows.rows == min(wanted, 4000))
      guard case .text(let found) = rows.columns[0].values else { continue }
      #expect(found.string(rows.rows - 1) == texts[0])
    }
    // Bytes after the requested rows are not read: here the file is truncated.
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    try bytes.prefix(bytes.count - 9).write(to: URL(fileURLWithPath: path))
    #expect(throws: Failure.self) { try Dataset.open(path: path) }
    #expect(
      try Dataset.open(path: path, options: OpenOptions(json: "{\"max_rows\": 10}")).rows == 10)
  }

  @Test("Formulas become texts where that is asked for, and numbers stay numbers")
  func formulas() throws {
    let path = "/tmp/equipoise-formulas-\(getpid()).csv"
    defer { unlink(path) }
    let cells = ["=1+2", "+1", "-1", "@SUM(A1)", "\tx", "plain", "'quoted", ""]
    let rows = try Dataset([
      Column(name: "=name", texts: cells),
      Column(name: "n", values: .int64(Buffer(copying: (0..<8).map { Int64(-$0) }))),
    ])
    try rows.write(path: path, options: WriteOptions(json: #"{"formulas": "quote"}"#))
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(
      text == "'=name,n\n'=1+2,0\n'+1,-1\n'-1,-2\n'@SUM(A1),-3\n'\tx,-4\nplain,-5\n'quoted,-6\n\"\",-7\n")
    try rows.write(path: path)
    #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("=name,n\n=1+2,0\n"))
  }
}
