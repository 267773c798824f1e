import Platform
import Testing

@testable import Datasets

/// A table from text, read like a file with the given name.
func table(_ text: String, named name: String = "people.csv", _ options: String = "") throws -> Dataset {
  try Array(text.utf8).withUnsafeBytes {
    try Dataset.read(bytes: $0, named: name, options: OpenOptions(json: options))
  }
}

/// The message of the failure that `body` throws; "" if it throws none.
func message(_ body: () throws -> some Any) -> String {
  do {
    _ = try body()
    return ""
  } catch let failure as Failure {
    return failure.message
  } catch {
    return "\(error)"
  }
}

extension Column {
  /// The cells as text; nil for missing values.
  var shown: [String?] {
    get throws {
      let categories = try categories()
      return categories.codes.array.map { $0 < 0 ? nil : categories.names[Int($0)] }
    }
  }
}

@Suite("Reading delimited text")
struct ReaderTests {
  @Test("Types are inferred over all rows: integers, then numbers, then text")
  func inference() throws {
    let rows = (0..<200).map { "\($0),\($0),\($0),x" }.joined(separator: "\n")
    let data = try table("a,b,c,d\n\(rows)\n7,1.5,high,\n")
    #expect(data.rows == 201)
    #expect(data.columns.map(\.values.typeName) == ["int64", "float64", "text", "text"])
    #expect(try data.column("b").doubles().array.last == 1.5)
    #expect(try data.column("c").categories().names.contains("high"))
    #expect(try data.column("d").shown.last == .some(nil))
  }

  @Test("Quotes enclose delimiters, line ends and doubled quotes (RFC 4180, section 2)")
  func quotes() throws {
    let data = try table("a,b\n\"x, y\",\"line 1\nline 2\"\n\"say \"\"hi\"\"\",\"\"\nplain,5\" pipe\n")
    #expect(try data.column("a").shown == ["x, y", "say \"hi\"", "plain"])
    #expect(try data.column("b").shown == ["line 1\nline 2", "", "5\" pipe"])
  }

  @Test("CRLF, CR, a byte order mark, blank lines and a missing last line end do not matter")
  func lineEnds() throws {
    for text in [
      "a,b\r\n1,x\r\n2,y\r\n", "a,b\r1,x\r2,y", "\u{feff}a,b\n\n1,x\n\n\n2,y",
      "\"a\",b\r\n1,\"x\"\r\n2,y\r\n\r\n",
    ] {
      let data = try table(text)
      #expect(data.names == ["a", "b"], "\(text.debugDescription)")
      #expect(try data.column("a").integers().array == [1, 2])
      #expect(try data.column("b").shown == ["x", "y"])
    }
  }

  @Test("A text that ends after a delimiter has one more cell, which is empty")
  func trailingDelimiter() throws {
    #expect(try table("a,b\n1,").column("b").missingCount == 1)
    #expect(try table("a,b\n\"1\",").column("b").missingCount == 1)
  }

  @Test("Ragged rows name the line and both counts, also behind quoted line ends")
  func ragged() throws {
    #expect(
      message { try table("a,b\n1,2\n3\n") }
        == "people.csv:3: 1 cells are found where 2 columns are expected")
    #expect(
      message { try table("a,b\n\"1\n1\",2\n\n3,4,5\n") }
        == "people.csv:5: 3 cells are found where 2 columns are expected")
  }

  @Test("The error of a requested type names the line, the cell and the rows before")
  func demandedType() throws {
    let rows = (0..<1039).map { "\($0)" }.joined(separator: "\n")
    #expect(
      message { try table("age\n\(rows)\n4o\n5\n", #"{"types": {"age": "number"}}"#) }
        == "people.csv:1041: column \"age\": \"4o\" is not a number (the first 1,039 rows were)")
    let types = #"{"types": {"a": "text", "b": "number"}}"#
    #expect(try table("a,b\n007,1\n", types).columns.map(\.values.typeName) == ["text", "float64"])
    #expect(
      message { try table("age\n1\n", #"{"types": {"agee": "text"}}"#) }.contains("did you mean \"age\"?"))
  }

  @Test("Broken input is refused with its place")
  func broken() throws {
    #expect(message { try table("") } == "people.csv:1: the file is empty")
    #expect(message { try table("\n\n") } == "people.csv:1: the file has no rows")
    #expect(message { try table("a,b\n1,\"x\n2,y\n") }.hasPrefix("people.csv:2: a quoted cell starts here"))
    #expect(message { try table("a\nx\0y\n") }.contains("people.csv:2: column \"a\": a text has a NUL byte"))
    let latin: [UInt8] = Array("a\nM".utf8) + [0xfc] + Array("ller\n".utf8)
    let text = message { try latin.withUnsafeBytes { try Dataset.read(bytes: $0, named: "p.csv") } }
    #expect(text.hasPrefix("p.csv:2: column \"a\"") && text.contains("is not UTF-8"))
    #expect(message { try table("a\n1\n", named: "x.parquet") }.contains("not read"))
    #expect(message { try table("a\n1\n", #"{"delimiter": ",,"}"#) }.contains("/delimiter"))
  }

  @Test("A header alone is a table of no rows")
  func headerOnly() throws {
    let data = try table("a,b\n")
    #expect(data.rows == 0 && data.names == ["a", "b"])
  }

  @Test("Equal names in a header are made distinct")
  func duplicateNames() throws {
    #expect(try table("a,a,a_2,,a\n1,2,3,4,5\n").names == ["a", "a_3", "a_2", "column_4", "a_4"])
  }

  @Test("Numbers are read correctly rounded, as strtod reads them in the C locale")
  func numbers() throws {
    var texts = [
      "0", "-0", "1e22", "1e23", "8.5e-324", "4.9e-324", "1.7976931348623157e308", "1e400", "-1e-400",
      "9007199254740993", "9007199254740993.0", "0.1", "123456789012345678901234567890", ".5", "5.", "+3",
      "1.00000000000000011102230246251565404236316680908203125", "9223372036854775807", "9223372036854775808",
      "7.2057594037927933e16", "2.2250738585072011e-308", "3.14159265358979311600", "1E5", "inf", "-Infinity",
    ]
    var random = RandomStream(seed: 3)
    for _ in 0..<20000 {
      let number = Double(bitPattern: random.next())
      if number.isFinite { texts.append("\(number)") }
      texts.append("\(random.below(1 << 53)).\(random.below(1 << 20))e\(random.below(60) - 30)")
      texts.append("\(random.uniform() * 1000)")
    }
    let values = try table(
      "x,y\n" + texts.map { "\($0),a" }.joined(separator: "\n"), #"{"types":{"x":"number"}}"#
    )
    .column("x").doubles().array
    let wrong = zip(texts, values).filter { Double($0) != $1 && !overflows($0) }
    #expect(wrong.isEmpty, "\(wrong.prefix(5))")
    for text in ["1,5", "0x10", "1e", "e5", "--1", "1 2", ".", "+", "1_000"] {
      #expect(
        try table("x\ty\n\(text)\t1\n", named: "a.tsv").column("x").values.typeName == "text", "\(text)")
    }
  }

  private func overflows(_ text: String) -> Bool { text == "1e400" || text == "-1e-400" }

  @Test("Comments, skipped lines, no header, other delimiters and quotes")
  func options() throws {
    let data = try table(
      "first line\n|1x3 Cross validator\n1; 'a;b'\n|x\n2; c\n3; d\n",
      #"{"skip_rows": 1, "comment": "|", "header": false, "delimiter": ";", "quote": "'", "max_rows": 2,"#
        + #" "column_names": ["n", "t"]}"#)
    #expect(try data.column("n").integers().array == [1, 2])
    #expect(try data.column("t").shown == ["a;b", "c"])
    let plain = try table("a\tb\n\"x\ty\"\n", named: "a.tsv", #"{"quote": null}"#)
    #expect(try plain.column("a").shown == ["\"x"])
    let untrimmed = try table("a,b\n x , \"y\"\n", #"{"trim": false}"#)
    #expect(try untrimmed.column("a").shown == [" x "])
    #expect(try untrimmed.column("b").shown == [" \"y\""])
  }

  @Test("Quoted cells of a text column are texts; of numbers, missing")
  func quotedMissing() throws {
    let text = "t,n\n\"NA\",\"1\"\nNA,\"\"\n"
    let data = try table(text)
    #expect(try data.column("t").shown == ["NA", nil])
    #expect(try data.column("n").shown == ["1", nil])
    #expect(try table(text, #"{"quoted_missing": true}"#).column("t").shown == [nil, nil])
  }

  @Test("Many threads read what one reads", arguments: [1, 2, 5])
  func threads(count: Int32) throws {
    try WorkerPool.setThreads(count)
    defer { try? WorkerPool.setThreads(0) }
    let lines = (0..<60_000).map { "\($0),\($0 % 7 == 0 ? "" : "g\($0 % 7)"),\(Double($0) / 8)" }
    let data = try table("a,b,c\n" + lines.joined(separator: "\n") + "\n")
    #expect(try data.column("a").integers().array == (0..<60_000).map { Int64($0) })
    #expect(try data.column("b").missingCount == 8572)
    #expect(try data.column("b").shown[59_999] == "g2")
    #expect(try data.column("c").doubles().array == (0..<60_000).map { Double($0) / 8 })
    // Line ends inside quotes: a part may start only where the previous one ended.
    let quoted = lines.map { $0.replacingG() }
    let notes = try table("a,b,c\n" + quoted.joined(separator: "\n"))
    #expect(try notes.column("a").integers().array == data.column("a").integers().array)
    #expect(try notes.column("b").shown[59_999] == "g\n\"2")
    let bad = lines[..<50_000].joined(separator: "\n") + "\n1,2\n" + lines.joined(separator: "\n")
    #expect(
      message { try table("a,b,c\n" + bad) }
        == "people.csv:50002: 2 cells are found where 3 columns are expected"
    )
  }

  @Test("Texts much longer than those of the first rows are read whole", arguments: [1, 2])
  func growing(threads: Int32) throws {
    try WorkerPool.setThreads(threads)
    defer { try? WorkerPool.setThreads(0) }
    // 4 MB, of which the last tenth of the rows has nearly all.
    let texts = (0..<20_000).map { row in
      row < 18_000 ? "t\(row)" : "\(row)" + String(repeating: row % 2 == 0 ? "é" : "x", count: 1_000)
    }
    let data = try table("a,b\n" + texts.map { "1,\($0)\n" }.joined())
    #expect(try data.column("b").shown == texts)
  }
}

extension String {
  /// Replaces "g1" by a quoted cell that contains a line end and a quote.
  fileprivate func replacingG() -> String {
    split(separator: "g", omittingEmptySubsequences: false).joined(separator: "\"g\n\"\"")
      .split(separator: ",", omittingEmptySubsequences: false).enumerated()
      .map { $0.offset == 1 && !$0.element.isEmpty ? "\($0.element)\"" : String($0.element) }
      .joined(separator: ",")
  }
}
