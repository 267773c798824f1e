import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@testable import Datasets

@Suite("Cells are read so that writing gives them back")
struct ExactCellsTests {
  private func written(_ data: Dataset) throws -> String {
    let path = "/tmp/equipoise-exact-\(UInt64.random(in: 0 ... .max)).csv"
    defer { unlink(path) }
    try data.write(path: path)
    let file = try MappedFile(path: path)
    return String(decoding: file.bytes, as: UTF8.self)
  }

  @Test(
    "Leading zeros and integers beyond 64 bits make a column text",
    arguments: [
      "01234\n1234\n00501\n", "12345678901234567890\n12345678901234567891\n", "1\n2\n-9999999999999999999\n",
      "1.5\n2\n007\n", "0.5\n9007199254740993\n", "1\n" + String(repeating: "7", count: 400) + "\n",
      "-05\n1\n",
    ])
  func codes(_ cells: String) throws {
    let data = try table("id\n" + cells)
    #expect(data.columns[0].values.typeName == "text")
    #expect(try written(data) == "id\n" + cells)
    let distinct = Set(cells.split(separator: "\n")).count
    #expect(try data.columns[0].categories().names.count == distinct)
  }

  @Test("A code after the first rows also makes the whole column text")
  func late() throws {
    let cells = (0..<500).map { "\($0)\n" }.joined() + "0007\n"
    let data = try table("id\n" + cells)
    #expect(data.columns[0].values.typeName == "text")
    #expect(try written(data) == "id\n" + cells)
  }

  @Test("Zero, fractions below 1, exponents and integers of 64 bits stay numbers")
  func numbers() throws {
    #expect(try table("a\n0\n-0\n10\n").columns[0].values.typeName == "int64")
    #expect(try table("a\n0.5\n-0.25\n0\n").columns[0].values.typeName == "float64")
    #expect(try table("a\n1e300\n12345678901234567890.5\n").columns[0].values.typeName == "float64")
    let large = try table("a\n9223372036854775807\n-9223372036854775808\n")
    #expect(large.columns[0].values.typeName == "int64")
    #expect(try table("a\n01\n", #"{"types": {"a": "integer"}}"#).columns[0].integers().array == [1])
    #expect(try table("a\n12345678901234567890\n", #"{"types": {"a": "number"}}"#).columns[0].isNumeric)
  }

  @Test("describe has integers exactly, to 2⁶³ - 1")
  func describe() throws {
    let column = try table("id,y\n9007199254740993,1\n9223372036854775807,0\n").columns[0].describe()
    #expect(column["min"] == .integer(9_007_199_254_740_993 as Int64))
    #expect(column["max"] == .integer(Int64.max))
    let lowest = try table("id\n-9223372036854775808\n5\n\n").columns[0].describe()
    #expect(lowest["min"] == .integer(Int64.min) && lowest["max"] == 5)
  }

  @Test("JSON Lines keep the digits of integers beyond 64 bits as text")
  func jsonLines() throws {
    let lines =
      #"{"id":12345678901234567890,"y":1,"t":"18446744073709551616 \" 99999999999999999999"}"# + "\n"
      + #"{"id":-9999999999999999999,"y":0,"t":""}"# + "\n" + #"{"id":7,"y":12345678901234567890.5}"# + "\n"
    let data = try table(lines, named: "ids.jsonl")
    #expect(data.columns[0].values.typeName == "text")
    #expect(try data.columns[0].shown == ["12345678901234567890", "-9999999999999999999", "7"])
    #expect(try data.column("t").shown[0] == #"18446744073709551616 " 99999999999999999999"#)
    #expect(data.columns[1].values.typeName == "float64")
    let edge = try table(
      "{\"a\":9223372036854775807}\n{\"a\":-9223372036854775808}\n", named: "edge.jsonl")
    #expect(try edge.columns[0].integers().array == [Int64.max, Int64.min])
    let demanded = message {
      try table(lines, named: "ids.jsonl", #"{"types": {"id": "integer"}}"#)
    }
    #expect(demanded.contains("is not an integer"))
    let configuration = #expect(throws: Failure.self) {
      try JSONValue.parse(#"{"seed": 18446744073709551615}"#)
    }
    #expect(configuration?.message.contains("beyond 64 bits") == true)
  }
}

@Suite("Errors of files of rows, and how to fix them")
struct CSVHelpTests {
  @Test("Another delimiter is named, unless the options name one")
  func delimiters() throws {
    for (delimiter, shown) in [(";", "\";\""), ("\t", "a tab"), ("|", "\"|\"")] {
      let text =
        ["age", "sex", "y"].joined(separator: delimiter) + "\n"
        + ["30", "f", "1"].joined(separator: delimiter)
      let found = message { try table(text + "\n") }
      #expect(found.contains("\"delimiter\"") && found.contains(shown), "\(found)")
      #expect(
        try table(text, "{\"delimiter\": \(JSONValue.string(delimiter).text())}").names == [
          "age", "sex", "y",
        ])
      #expect(try table(text, #"{"delimiter": ","}"#).names.count == 1)
    }
    #expect(try table("text\nno; nothing; here\n").names == ["text"])
    #expect(message { try table("a,b\n1,2\n", named: "t.tsv") }.contains("\"delimiter\""))
  }

  @Test("A first line such as sep=; sets the delimiter")
  func declared() throws {
    for text in ["sep=;\na;b\n1;2\n", "\"sep=;\"\r\na;b\r\n1;2\r\n", "SEP=;\na;b\n1;2"] {
      let data = try table(text)
      #expect(data.names == ["a", "b"] && data.rows == 1)
      #expect(try data.columns[1].integers().array == [2])
    }
    #expect(try table("sep=x\n1\n").names == ["1"])
  }

  @Test("-, n/a, #N/A and <NA> are missing if all other cells are numbers, otherwise texts")
  func markers() throws {
    let data = try table("age,word\n30,-\n-,x\nn/a,n/a\n41,y\n#N/A,\n<NA>,z\n")
    #expect(data.columns[0].values.typeName == "int64" && data.columns[0].missingCount == 4)
    #expect(try data.columns[1].shown == ["-", "x", "n/a", "y", nil, "z"])
    #expect(try table("a\n1.5\n-\n").columns[0].values.typeName == "float64")
    #expect(try table("a\n-\n-\n").columns[0].shown == ["-", "-"])
    #expect(try table("a\n1\n-\n", #"{"missing_numbers": []}"#).columns[0].values.typeName == "text")
  }

  @Test(
    "Decimal commas, thousands, percent and currency signs by options",
    arguments: [
      ("1,5;2,25", #"{"delimiter": ";", "decimal": ","}"#, [1.5, 2.25]),
      ("1.234,5;-2.000", #"{"delimiter": ";", "decimal": ",", "thousands": "."}"#, [1234.5, -2000]),
      ("$1,200;$5", #"{"delimiter": ";", "thousands": ",", "signs": ["$"]}"#, [1200, 5]),
      ("12%;-3.5 %", #"{"delimiter": ";", "signs": ["%"]}"#, [12, -3.5]),
      ("-€ 3;4 €", #"{"delimiter": ";", "signs": ["€"]}"#, [-3, 4]),
      ("1 234;5", #"{"delimiter": ";", "thousands": " "}"#, [1234, 5]),
    ])
  func forms(_ cells: String, _ options: String, _ expected: [Double]) throws {
    let column = cells.split(separator: ";").joined(separator: ";x\n") + ";x\n-;x\n"
    let data = try table("a;b\n" + column, options)
    let numbers = try data.columns[0].doubles().array
    #expect(Array(numbers.prefix(2)) == expected && numbers[2].isNaN)
    #expect(data.columns[1].values.typeName == "text")
    // Without the options they are texts.
    #expect(try table("a;b\n" + column, #"{"delimiter": ";"}"#).columns[0].values.typeName == "text")
  }

  @Test("A number form that does not fit leaves the column as text")
  func otherForms() throws {
    for cell in ["1.2.3", "12,34,567", "1,5,6", "--5", "$", "5 $ x"] {
      let data = try table(
        "a\tb\n\(cell)\t1\n", named: "t.tsv", #"{"thousands": ",", "signs": ["$"]}"#)
      #expect(data.columns[0].values.typeName == "text", "\(cell)")
    }
    #expect(message { try table("a\n1\n", #"{"decimal": ";"}"#) }.contains("\".\" and \",\" are"))
  }

  @Test("Escaped quotes by option; without it, text after a closing quote is reported in the log")
  func escapes() throws {
    let text = "a,b\n\"say \\\"hi\\\", twice\",1\n\"a \\\\ b\",2\n\"c:\\d\",3\n"
    let data = try table(text, #"{"escape": "\\"}"#)
    #expect(try data.columns[0].shown == [#"say "hi", twice"#, #"a \ b"#, #"c:\d"#])
    #expect(message { try table("a\n1\n", #"{"escape": "\""}"#) }.contains("must differ from the quote"))
    let kept = Kept()
    Log.set({ level, message in kept.add("\(level) \(message)") }, upTo: .warning)
    defer { Log.set(nil, upTo: .error) }
    #expect(
      message { try table("a,b\n\"x\" y,2\n") }.contains("never ends, because text follows its closing quote")
    )
    _ = try table("a,b\n\"x \"y\" z\",2\n", named: "behind-quotes.csv")
    #expect(kept.lines.contains { $0.contains("behind-quotes.csv:2: text follows a closing quote") })
    _ = try table("a,b\n\"x\" ,2\n5\" pipe,3\n", named: "blanks.csv")
    #expect(!kept.lines.contains { $0.contains("blanks.csv") && $0.contains("closing quote") })
    _ = try table("zip,age,price\n01234,1,\"1,5\"\n00501,-,\"2,5\"\n", named: "warned.csv")
    let own = kept.lines.filter { $0.contains("warned.csv") }
    #expect(own.contains { $0.contains("warned.csv:2: column \"zip\" is read as text, because \"01234\"") })
    #expect(own.contains { $0.contains("warned.csv:3: column \"age\": \"-\" is read as missing") })
    #expect(own.contains { $0.contains("column \"price\"") && $0.contains("\"decimal\" is \",\"") })
  }

  /// Collects log messages, also those of other tests.
  private final class Kept: @unchecked Sendable {
    private let lock = Lock()
    private var kept: [String] = []
    var lines: [String] { lock.withLock { kept } }
    func add(_ line: String) { lock.withLock { kept.append(line) } }
  }

  @Test("Lines that end with a delimiter")
  func trailing() throws {
    #expect(try table("a,b,\n1,2,\n3,4,\n").names == ["a", "b"])
    #expect(try table("a,b,\n1,2,\n3,4,5\n").names == ["a", "b", "column_3"])
    #expect(message { try table("a,b\n1,2,\n") }.contains("the header must end with one"))
    #expect(
      message { try table("a,b\n1,2,3\n") } == "people.csv:2: 3 cells are found where 2 columns are expected")
  }

  @Test("Files of another kind and other encodings are recognized by their bytes")
  func signatures() throws {
    func found(_ bytes: [UInt8]) -> String {
      message { try bytes.withUnsafeBytes { try Dataset.read(bytes: $0, named: "people.csv") } }
    }
    #expect(found([0x50, 0x4b, 3, 4, 20, 0, 0, 0]).contains("ZIP"))
    #expect(found([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1]).contains("Excel"))
    #expect(found(Array("PAR1".utf8) + [0x15, 0, 0x15]).contains("Parquet"))
    #expect(found(Array("a,b\n1,2\n".utf16).flatMap { [UInt8($0), 0] }).contains("UTF-16LE"))
    #expect(found(Array("a,b\n1,2\n".utf16).flatMap { [0, UInt8($0)] }).contains("UTF-16BE"))
    #expect(found(Array("a,b\n".unicodeScalars).flatMap { [UInt8($0.value), 0, 0, 0] }).contains("UTF-32LE"))
    #expect(found([0xff, 0xfe, 0, 0, 97, 0, 0, 0]).contains("UTF-32"))
    #expect(found([0xff, 0xfe, 97, 0]).contains("UTF-16"))
    #expect(found(Array("<html><body>404</body></html>".utf8)).contains("HTML"))
    // Texts that begin like such a file.
    #expect(found(Array("PAR,BZh\n1,2\n".utf8)).isEmpty && found(Array("BZh,b\n1,2\n".utf8)).isEmpty)
  }
}
