import Datasets
import Platform

/// Replaces columns by (value − center) / scale within bounds; the result of standardization and clipping.
struct LinearColumns: FittedStep {
  var columns: [Entry]
  let changesInputs = true

  struct Entry {
    let name: String
    var center = 0.0
    var scale = 1.0
    var low = -Double.infinity
    var high = Double.infinity
    /// Whether columns of integers stay integers.
    var keepsIntegers = false
  }

  func apply(_ rows: inout TransformRows) throws {
    var changed: [Column] = []
    for entry in columns {
      try HostCall.check()
      let column = try rows.dataset.column(entry.name)
      let numbers = try column.doubles()
      let result = try Buffer<Double>(count: numbers.count, for: "column \"\(entry.name)\"")
      for row in 0..<numbers.count {
        let value = (numbers.pointer[row] - entry.center) / entry.scale
        // NaN stays NaN.
        result.pointer[row] = value < entry.low ? entry.low : value > entry.high ? entry.high : value
      }
      changed.append(try column.replacing(numbers: result, keepsIntegers: entry.keepsIntegers))
    }
    try rows.replace(changed)
  }

  var learnt: JSONValue {
    [
      "columns": .array(
        columns.map {
          [
            "name": .string($0.name), "center": .finite($0.center), "scale": .finite($0.scale),
            "low": .finite($0.low), "high": .finite($0.high),
          ]
        })
    ]
  }

  func write(to writer: inout ByteWriter) {
    writer.write(columns.count)
    for entry in columns {
      writer.write(entry.name)
      writer.write([entry.center, entry.scale, entry.low, entry.high])
      writer.write(entry.keepsIntegers)
    }
  }

  init(columns: [Entry]) { self.columns = columns }

  init(from reader: inout ByteReader) throws {
    columns = try (0..<(try reader.count(of: 8))).map { _ in
      let name = try reader.text()
      let numbers = try reader.doubles()
      guard numbers.count == 4, numbers[0].isFinite, numbers[1].isFinite, numbers[1] != 0,
        numbers[2] <= numbers[3]
      else { throw reader.malformed("the numbers of a column are not a center, a scale and bounds") }
      return Entry(
        name: name, center: numbers[0], scale: numbers[1], low: numbers[2], high: numbers[3],
        keepsIntegers: try reader.flag())
    }
  }
}
