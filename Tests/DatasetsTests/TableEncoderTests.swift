import Platform
import Testing

@testable import Datasets

@Suite("Table encoder")
struct TableEncoderTests {
  private func sample() throws -> Dataset {
    try Dataset([
      Column(name: "x", numbers: [1, 3, .nan, 5, 100]),
      Column(name: "c", texts: ["b", "a", nil, "b", "z"]),
    ])
  }

  private func encode(_ options: String, _ columns: [String] = ["x", "c"], rows: [Int] = [0, 1, 2, 3]) throws
    -> (encoder: TableEncoder, rows: [[Float]])
  {
    let encoder = try TableEncoder.fit(
      sample(), columns: columns, rows: rows, options: EncoderOptions(json: options))
    let values = try encoder.encode(sample()).array
    return (
      encoder,
      stride(from: 0, to: values.count, by: encoder.width).map { Array(values[$0..<($0 + encoder.width)]) }
    )
  }

  @Test("Standardized numbers with an indicator, one-hot categories with missing as one, unseen all zeros")
  func standard() throws {
    // x over 1, 3, 5: mean 3, population variance 8/3. Slots: x, x missing, a, b, c missing.
    let (encoder, rows) = try encode("")
    let deviation = (8.0 / 3).squareRoot()
    #expect(encoder.width == 5)
    #expect(
      rows == [
        [Float(-2 / deviation), 0, 0, 1, 0], [0, 0, 1, 0, 0], [0, 1, 0, 0, 1],
        [Float(2 / deviation), 0, 0, 1, 0],
        [Float(97 / deviation), 0, 0, 0, 0],
      ])
    #expect(encoder.slots.map(\.offset) == [0, 2] && encoder.slots[1].categories == ["a", "b"])
  }

  @Test("Min-max, median, mode and constant")
  func otherStatistics() throws {
    #expect(
      try encode(#"{"scale": "minmax", "indicator": false}"#, ["x"]).rows == [
        [0], [0.5], [0.5], [1], [24.75],
      ])
    #expect(
      try encode(#"{"scale": "none", "impute": "median"}"#, ["x"], rows: [0, 1, 2, 4]).rows[2] == [3, 1])
    #expect(try encode(#"{"scale": "none", "impute": "mode"}"#, ["x"], rows: [0, 1, 1, 3]).rows[2] == [3])
    #expect(
      try encode(#"{"scale": "none", "impute": "constant", "constant": -1}"#, ["x"]).rows[2] == [-1, 1])
    #expect(try encode(#"{"columns": {"x": {"scale": "none", "constant": 9}}}"#, ["x"]).rows[2] == [9, 1])
  }

  @Test("A constant column has scale 1")
  func constant() throws {
    let data = try Dataset([Column(name: "x", numbers: [Double](repeating: 0.1, count: 7))])
    let values = try TableEncoder.fit(data, columns: ["x"]).encode(data).array
    #expect(values == [Float](repeating: 0, count: 7))
  }

  @Test("Unseen categories in a separate slot, rare ones combined, wide ones as an index")
  func categoryChoices() throws {
    let own = try encode(#"{"unseen": "own_slot"}"#, ["c"])  // a, b, missing, unseen
    #expect(own.rows == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    let rare = try encode(#"{"min_frequency": 2}"#, ["c"])  // b, other, missing
    #expect(rare.rows == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0]])
    let index = try encode(#"{"max_one_hot": 1}"#, ["c"])  // a 0, b 1, missing 2, unseen 3
    #expect(index.rows == [[1], [0], [2], [1], [3]])
    #expect(index.encoder.slots[0].isIndex && index.encoder.slots[0].vocabularySize == 4)
    let absent = try encode("", ["c"], rows: [0, 1, 3])  // no missing seen: all zeros
    #expect(absent.rows[2] == [0, 0])
  }

  @Test(
    "Raw features give what the dataset gives",
    arguments: ["", #"{"unseen": "own_slot"}"#, #"{"max_one_hot": 1}"#, #"{"min_frequency": 2}"#])
  func features(options: String) throws {
    let (encoder, rows) = try encode(options)
    let names = try encoder.slot(of: "c").categories
    func number(_ name: String) -> Float { Float(names.firstIndex(of: name) ?? names.count) }
    let raw: [Float] = [1, number("b"), 3, number("a"), .nan, .nan, 5, number("b"), 100, 7]
    var output = [Float](repeating: .nan, count: 5 * encoder.width)
    try encoder.encode(features: raw, rows: 5, into: &output)
    #expect(output == rows.flatMap { $0 })
    for odd: Float in [-1, 0.5, 1e30, .infinity, -.infinity] {
      var row = [Float](repeating: .nan, count: encoder.width)
      try encoder.encode(features: [1, odd], rows: 1, into: &row)
      #expect(Array(row.dropFirst(2)) == Array(rows[4].dropFirst(2)), "an odd number is unseen")
    }
    #expect(
      message { try encoder.encode(features: [.infinity, 0], rows: 1, into: &output) }.contains(
        "row 0, column 0 (\"x\")"))
  }

  @Test("Switching rewrites one column's slots and nothing else")
  func switching() throws {
    let (encoder, rows) = try encode("")
    var output = [Float](repeating: 9, count: 5)
    try encoder.switching("c", from: rows[0], to: 0, into: &output)
    #expect(output == [rows[0][0], 0, 1, 0, 0])
    try encoder.switching("c", from: rows[0], to: -1, into: &output)
    #expect(output == [rows[0][0], 0, 0, 0, 1])
    #expect(
      message { try encoder.switching("c", from: rows[0], to: 2, into: &output) }.contains("no category 2"))
    #expect(
      message { try encoder.switching("x", from: rows[0], to: 0, into: &output) }.contains("holds numbers"))
  }

  @Test("The JSON form is the same encoder; what is not one is refused")
  func json() throws {
    for options in ["", #"{"max_one_hot": 1, "unseen": "own_slot", "impute": "median"}"#] {
      let (encoder, rows) = try encode(options)
      let text = encoder.json.text()
      let read = try TableEncoder(json: JSONValue.parse(text))
      #expect(read.slots == encoder.slots)
      #expect(try read.encode(sample()).array == rows.flatMap { $0 })
      for (old, new) in [
        ("\"version\":1", "\"version\":2"), ("\"scale\":", "\"scale\":0,\"s\":"),
        ("[\"a\", \"b\"]", "[\"a\", \"a\"]"),
        ("\"name\":\"c\"", "\"name\":\"x\""), ("\"number\"", "\"numbr\""), ("[\"a\", \"b\"]", "[1, 2]"),
      ] {
        guard let place = text.ranges(of: old).first else { continue }
        let changed = text.replacingCharacters(in: place, with: new)
        #expect(message { try TableEncoder(json: JSONValue.parse(changed)) } != "", "\(changed)")
      }
    }
  }

  @Test("Columns that are not there, or not numbers, or infinite, are named")
  func wrongColumns() throws {
    let (encoder, _) = try encode("")
    let other = try Dataset([Column(name: "c", texts: ["a"]), Column(name: "xx", numbers: [1])])
    #expect(message { try encoder.encode(other) }.hasPrefix("the model needs the column \"x\""))
    let text = try Dataset([Column(name: "c", texts: ["a"]), Column(name: "x", texts: ["4o"])])
    #expect(message { try encoder.encode(text) } == "column \"x\": \"4o\" is not a number (row 0)")
    let infinite = try Dataset([
      Column(name: "c", texts: ["a", "a"]), Column(name: "x", numbers: [0, .infinity]),
    ])
    #expect(
      message { try encoder.encode(infinite) } == "column \"x\", row 1: the number is infinite or too large")
    #expect(message { try TableEncoder.fit(infinite, columns: ["x"]) }.contains("row 1"))
    let none = try Dataset([Column(name: "x", numbers: [.nan])])
    #expect(message { try TableEncoder.fit(none, columns: ["x"]) }.contains("no number in the training rows"))
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}
