import Platform
import Testing

@testable import Datasets

@Suite("Datasets")
struct DatasetTests {
  @Test("Columns must have new names and the dataset's length; an unknown name suggests the nearest")
  func columns() throws {
    let data = try Dataset(rows: 2)
    try data.add(Column(name: "income", numbers: [1, 2]))
    #expect(message { try data.add(Column(name: "income", numbers: [1, 2])) }.contains("already"))
    #expect(
      message { try data.add(Column(name: "age", numbers: [1])) }
        == "column \"age\" has 1 rows; the dataset has 2")
    #expect(
      throws: Failure(
        .invalidData, "there is no column \"incme\"; did you mean \"income\"? (income)", at: "incme")
    ) { try data.column("incme") }
  }

  @Test("Categories stand in order, whatever the order of the rows, and missing ones have the code -1")
  func categories() throws {
    let text = try Column(name: "t", texts: ["b", nil, "a", "b", "", "é", "Z"])
    #expect(try text.categories().names == ["", "Z", "a", "b", "é"])
    #expect(try text.categories().codes.array == [3, -1, 2, 3, 0, 4, 1])
    let integers = try Column(name: "i", integers: [10, -1, 10, 2])
    #expect(try integers.categories().names == ["-1", "2", "10"])
    #expect(try integers.categories().codes.array == [2, 0, 2, 1])
    let wide = try Column(name: "w", integers: [.max, .min, 0, .max])
    #expect(try wide.categories().codes.array == [2, 0, 1, 2])
    let numbers = try Column(name: "n", numbers: [1, 0, .nan, -0.0, 1])
    #expect(try numbers.categories().names == ["0", "1"])
    #expect(try numbers.categories().codes.array == [1, 0, -1, 0, 1])
    let fractions = try Column(name: "f", numbers: [0.5, -2, .nan, 0.5, 1e300])
    #expect(try fractions.categories().names == ["-2", "0.5", "1e+300"])
    let empty = try Column(name: "e", numbers: [.nan, .nan])
    #expect(try empty.categories().names.isEmpty && empty.categories().codes.array == [-1, -1])
  }

  @Test("Categories found by several threads are those found by one")
  func categoriesInShards() throws {
    try WorkerPool.setThreads(3)
    defer { try? WorkerPool.setThreads(0) }
    let rows = 200_000
    let text = try Column(name: "t", texts: (0..<rows).map { $0 % 11 == 0 ? nil : "v\($0 % 7919)" })
    let found = try text.categories()
    #expect(found.names == Set((0..<rows).filter { $0 % 11 != 0 }.map { "v\($0 % 7919)" }).sorted())
    for row in stride(from: 0, to: rows, by: 37) {
      let code = Int(found.codes.elements[row])
      #expect((code < 0 ? nil : found.names[code]) == (row % 11 == 0 ? nil : "v\(row % 7919)"))
    }
    let values = (0..<rows).map { Int64($0 % 5) * 1_000_000_007 }
    #expect(
      try Column(name: "i", integers: values).categories().codes.array == (0..<rows).map { Int32($0 % 5) })
  }

  @Test("Text is read as numbers, and what is none is named")
  func numbersOfText() throws {
    let ages = try Column(name: "age", texts: ["41", nil, "4.5"])
    let numbers = try ages.numbers().array
    #expect(numbers[0] == 41 && numbers[1].isNaN && numbers[2] == 4.5)
    let wrong = try Column(name: "age", texts: ["41", "4o"])
    #expect(message { try wrong.numbers() } == "column \"age\": \"4o\" is not a number (row 1)")
  }

  @Test("A description counts what is there")
  func description() throws {
    let data = try Dataset([
      Column(name: "n", numbers: [1, .nan, 4]), Column(name: "t", texts: ["x", "y", "y"]),
    ])
    #expect(
      data.describe().text()
        == #"{"rows":3,"columns":[{"name":"n","type":"float64","missing":1,"distinct":2,"min":1,"#
        + #""max":4,"mean":2.5}, "#
        + #"{"name":"t","type":"text","missing":0,"distinct":2,"values":[{"value":"y","count":2}, "#
        + #"{"value":"x","count":1}]}]}"#)
  }

  @Test("The digest depends on values, types, names and missing values, and on nothing else")
  func digest() throws {
    func digest(_ columns: Column...) throws -> String { try Dataset(columns).digest() }
    let base = try digest(Column(name: "a", integers: [1, 2]))
    #expect(try base == digest(Column(name: "a", integers: [1, 2])))
    #expect(try base != digest(Column(name: "b", integers: [1, 2])))
    #expect(try base != digest(Column(name: "a", integers: [2, 1])))
    #expect(try base != digest(Column(name: "a", numbers: [1, 2])))
    #expect(try digest(Column(name: "a", texts: ["", nil])) != digest(Column(name: "a", texts: [nil, ""])))
    #expect(base.hasPrefix("blake2b:"))
  }

  @Test("JSON Lines: columns by first appearance, absent members are missing, nested values are refused")
  func jsonLines() throws {
    let data = try table("{\"a\": 1, \"b\": \"x\"}\n\n{\"c\": true, \"a\": 2.5}\r\n", named: "p.jsonl")
    #expect(data.names == ["a", "b", "c"])
    #expect(try data.column("a").doubles().array == [1, 2.5])
    #expect(try data.column("b").shown == ["x", nil])
    #expect(try data.column("c").shown == [nil, "true"])
    #expect(
      message { try table("{\"a\": 1}\n{\"a\": [1]}", named: "p.jsonl") }
        == "p.jsonl:2: \"a\" is an array; a cell is a number, a text, true, false or null")
    #expect(message { try table("{\"a\": 1}\n{\"a\": ", named: "p.jsonl") }.hasPrefix("p.jsonl:2: not JSON"))
    #expect(message { try table("{\"a\": 1, \"a\": 2}", named: "p.jsonl") } != "crash")
  }

  @Test("Awkward values survive writing and reading", arguments: ["a.csv", "a.tsv", "a.csv.gz", "a.jsonl"])
  func roundTrip(name: String) throws {
    let numbers = [0.1, -0.0, 1e300, 5e-324, .nan, 1.0 / 3]
    let data = try Dataset([
      Column(name: "plain, \"quoted\"\nname", texts: ["", nil, "NA", " x ", "a,b\t\"c\"\r\nd", "é|"]),
      Column(name: "number", numbers: numbers),
      Column(name: "integer", integers: [.max, .min, 0, 1, 2, 3]),
    ])
    try ReferenceData.withTemporary(name) { path in
      try data.write(path: path)
      let read = try Dataset.open(path: path)
      #expect(try read.digest() == data.digest())
      for (one, two) in zip(numbers, try read.column("number").doubles().array) {
        #expect(one.bitPattern == two.bitPattern || (one.isNaN && two.isNaN))
      }
    }
  }

  @Test("A missing value of a table of one column is not a blank line")
  func oneColumn() throws {
    let data = try Dataset([Column(name: "n", numbers: [1.5, .nan, 2.5])])
    try ReferenceData.withTemporary("one.csv") { path in
      try data.write(path: path)
      #expect(try Dataset.open(path: path).digest() == data.digest())
    }
  }
}
