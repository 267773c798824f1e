import Platform
import Testing

@testable import Datasets

/// Texts of many blocks of 64 bytes, in which cells, quotes and line ends lie at every place of a block.
@Suite("Rows that are cut in blocks")
struct BlockCuttingTests {
  private struct Cell {
    let text: String
    let written: String
  }

  private func cell(_ random: inout RandomStream, irregular: Bool) -> Cell {
    let letters = Array("ab7, \"\n\r.é")
    let count = random.below(random.below(8) == 0 ? 90 : 9)
    let text = String((0..<count).map { _ in letters[random.below(letters.count)] })
    // What libcsv makes of a quote within an unquoted cell, and of text after a quoted one.
    if irregular, random.below(12) == 0 { return Cell(text: "a\"b\"c", written: "a\"b\"c") }
    if irregular, random.below(12) == 0 { return Cell(text: "q", written: " \"q\" ") }
    let needsQuotes =
      text.utf8.contains { [34, 44, 10, 13].contains($0) } || text.first == " " || text.last == " "
    guard needsQuotes || random.below(3) == 0 else { return Cell(text: text, written: text) }
    let doubled = text.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined()
    return Cell(text: text, written: "\"\(doubled)\"")
  }

  @Test("Every cell comes back, whatever it has, and wherever it lies", arguments: [1, 2, 5], [false, true])
  func everyCell(columns: Int, irregular: Bool) throws {
    var random = RandomStream(seed: UInt64(columns), purpose: irregular ? "irregular" : "regular")
    var options = OpenOptions()
    options.header = false
    options.missing = []
    options.types = ConfigMap((1...columns).map { (key: "column_\($0)", value: .text) })
    for round in 0..<400 {
      let lineEnd = ["\n", "\r\n"][round % 2]
      var (text, expected) = ("", [[String]]())
      for _ in 0..<(1 + random.below(60)) {
        let cells = (0..<columns).map { _ in cell(&random, irregular: irregular) }
        // A row of one empty unquoted cell is a blank line.
        guard columns > 1 || !cells[0].written.isEmpty else { continue }
        expected.append(cells.map(\.text))
        text += cells.map(\.written).joined(separator: ",") + lineEnd
        if irregular, random.below(15) == 0 { text += lineEnd }
      }
      guard !expected.isEmpty else { continue }
      if random.below(2) == 0 { text.removeLast() }
      let data = try Array(text.utf8).withUnsafeBytes {
        try Dataset.read(bytes: $0, named: "r.csv", options: options)
      }
      let shown = try data.columns.map { try $0.shown.map { $0 ?? "missing" } }
      let rows = (0..<data.rows).map { row in shown.map { $0[row] } }
      #expect(rows == expected, "\(text.debugDescription)")
    }
  }

  @Test("A row with another number of cells is an error at its line, after any number of whole blocks")
  func ragged() throws {
    for row in [1, 9, 40, 200] {
      var lines = (0..<300).map { "\($0),x,\"a\"\"b\"" }
      lines[row] = "1,2"
      let text = "a,b,c\n" + lines.joined(separator: "\n")
      let said = message { try table(text) }
      #expect(said.contains("2 cells are found where 3 columns are expected") && said.contains(":\(row + 2)"))
    }
  }

  @Test("Numbers of up to 20 bytes in every form, at every place, are what strtod reads")
  func numbers() throws {
    var random = RandomStream(seed: 3)
    var cells: [String] = [
      "0.1", "-.5", "+1.", "-0", "-0.0", "5.", ".5", "9007199254740993.", "999999999999999.9",
    ]
    for _ in 0..<20_000 {
      let digits = (0..<(1 + random.below(18))).map { _ in String(random.below(10)) }.joined()
      let point = random.below(digits.count + 1)
      let sign = ["", "-", "+"][random.below(3)]
      cells.append(sign + digits.prefix(point) + "." + digits.dropFirst(point))
    }
    let text = "a,b\n" + cells.map { "x,\($0)\n" }.joined()
    let read = try table(text).column("b").doubles()
    for (row, cell) in cells.enumerated() {
      let expected = try #require(
        Double(cell.hasPrefix("+") ? String(cell.dropFirst()) : cell) ?? loose(cell))
      #expect(read.elements[row].bitPattern == expected.bitPattern, "\(cell)")
    }
    for bad in [".", "+-1", "1..2", "1.2.3", "1-2", "0x1p3", "1,5", "--1", "1e", "12a"] {
      let said = message {
        try table("a,b\nxxxxxxxxxxxxxxxx,1.5\nx,\"\(bad)\"\n", #"{"types": {"b": "number"}}"#)
      }
      #expect(said.contains("is not a number"), "\(bad): \(said)")
    }
  }

  /// Swift reads no number that begins or ends with its point.
  private func loose(_ cell: String) -> Double? {
    let text = cell.hasPrefix("+") ? String(cell.dropFirst()) : cell
    let negative = text.hasPrefix("-")
    let magnitude = Double("0" + text.drop { $0 == "-" } + "0")
    return magnitude.map { negative ? -$0 : $0 }
  }
}
