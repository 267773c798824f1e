import CCSV
import Platform
import Testing

@testable import Datasets

/// The cells of a text, as rows, parsed by libcsv alone.
private func cellsOfLibcsv(_ text: [UInt8]) -> [[String]]? {
  final class Rows {
    var rows: [[String]] = []
    var cells: [String] = []
  }
  var parser = csv_parser()
  csv_init(&parser, 0)
  defer { csv_free(&parser) }
  let rows = Rows()
  let context = Unmanaged.passUnretained(rows).toOpaque()
  let cell: @convention(c) (UnsafeMutableRawPointer?, Int, UnsafeMutableRawPointer?) -> Void = {
    guard let context = $2 else { return }
    let bytes = UnsafeRawBufferPointer(start: $0, count: $1)
    Unmanaged<Rows>.fromOpaque(context).takeUnretainedValue().cells.append(
      String(decoding: bytes, as: UTF8.self))
  }
  let end: @convention(c) (Int32, UnsafeMutableRawPointer?) -> Void = {
    guard let context = $1 else { return }
    let rows = Unmanaged<Rows>.fromOpaque(context).takeUnretainedValue()
    rows.rows.append(rows.cells)
    rows.cells = []
  }
  csv_parse(&parser, text, text.count, cell, end, context)
  csv_set_opts(&parser, UInt8(CSV_STRICT | CSV_STRICT_FINI))
  return csv_fini(&parser, cell, end, context) == 0 ? rows.rows : nil
}

@Suite("Cells against libcsv")
struct CellsAgainstLibcsvTests {
  @Test(
    "Random texts are cut as libcsv cuts them, quoted or not",
    arguments: [",a\n", ",a\n\r ", ",a\n\"", ",a\n\r \"\tb"])
  func random(alphabet: String) throws {
    var random = RandomStream(seed: 11, purpose: alphabet)
    let letters = Array(alphabet.utf8)
    var options = OpenOptions()
    options.header = false
    options.missing = []
    var (equal, ragged, open) = (0, 0, 0)
    for round in 0..<20_000 {
      let text = (0..<(1 + random.below(round % 50 == 0 ? 300 : 12))).map { _ in
        letters[random.below(letters.count)]
      }
      let expected = cellsOfLibcsv(text)
      let found = message {
        let data = try text.withUnsafeBytes { try Dataset.read(bytes: $0, named: "r.csv", options: options) }
        let columns = try data.columns.map { try $0.shown.map { $0 ?? "missing" } }
        let rows = (0..<data.rows).map { row in columns.map { $0[row] } }
        #expect(rows == expected, "\(String(decoding: text, as: UTF8.self).debugDescription)")
        equal += 1
      }
      if found.isEmpty { continue }
      if found.contains("never ends") {
        #expect(expected == nil, "\(String(decoding: text, as: UTF8.self).debugDescription)")
        open += 1
      } else if found.contains("no rows") {
        #expect(expected?.isEmpty == true)
      } else {
        #expect(found.contains("are expected"), "\(found)")
        #expect(expected.map { Set($0.map(\.count)).count > 1 } ?? true)
        ragged += 1
      }
    }
    #expect(equal > 500 && ragged > 500)
  }

  @Test("Damaged tables and lines never do worse than an error")
  func damaged() throws {
    let seeds = [
      "a,b,c\n1,x,\"q, \"\"w\"\"\n2\"\n2.5e3,?,z\r\n|c\n,y,\n",
      "{\"a\": 1, \"b\": \"x\"}\n{\"a\": null, \"b\": \"\\u00e9\"}\n",
    ]
    var random = RandomStream(seed: 5)
    for (seed, name) in zip(seeds, ["d.csv", "d.jsonl"]) {
      for _ in 0..<2_000 {
        var text = Array(seed.utf8)
        for _ in 0...random.below(4) {
          let place = random.below(text.count)
          switch random.below(3) {
          case 0: text[place] = UInt8(random.below(256))
          case 1: text.remove(at: place)
          default: text.insert(contentsOf: text[0..<random.below(text.count)], at: place)
          }
        }
        let data = try? text.withUnsafeBytes { try Dataset.read(bytes: $0, named: name) }
        _ = try? data?.digest()
        _ = data?.describe()
      }
    }
  }
}
