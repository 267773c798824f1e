import Datasets
import Platform

/// The amounts subtracted from numeric columns by a row's groups.
struct RemovedEffects: FittedStep {
  /// The attributes of each grouping.
  let attributes: [[String]]
  let groups: [[String]]
  let strength: Double
  /// For each column, one effect per group, one grouping after another.
  let columns: [(name: String, effects: [Double])]
  let changesInputs = true

  init(
    attributes: [[String]], groups: [[String]], strength: Double, columns: [(name: String, effects: [Double])]
  ) {
    self.attributes = attributes
    self.groups = groups
    self.strength = strength
    self.columns = columns
  }

  func apply(_ rows: inout TransformRows) throws {
    var places: [(codes: Buffer<Int32>, effects: [Int])] = []
    var start = 0
    for (names, known) in zip(attributes, groups) {
      let own = try rows.groups(names, at: "")
      let map = own.names.map { name in known.firstIndex(of: name).map { start + $0 } ?? -1 }
      for row in 0..<rows.count where own.codes.pointer[row] >= 0 && map[Int(own.codes.pointer[row])] < 0 {
        throw Failure.invalidData(
          "row \(row) is of group \"\(own.names[Int(own.codes.pointer[row])])\", which did not occur in the training rows",
          at: "\(row)")
      }
      places.append((own.codes, map))
      start += known.count
    }
    try rows.replace(
      columns.map { entry in
        try HostCall.check()
        let column = try rows.dataset.column(entry.name)
        let values = try column.doubles()
        let result = try Buffer<Double>(count: values.count, for: "column \"\(entry.name)\"")
        for row in 0..<values.count {
          var effect = 0.0
          for place in places where place.codes.pointer[row] >= 0 {
            effect += entry.effects[place.effects[Int(place.codes.pointer[row])]]
          }
          result.pointer[row] = values.pointer[row] - strength * effect
        }
        return try column.replacing(numbers: result)
      })
  }

  var learnt: JSONValue {
    [
      "groups": .array(groups.map { .strings($0.prefix(1000)) }), "strength": .finite(strength),
      "columns": .array(
        columns.map { ["name": .string($0.name), "effects": .numbers($0.effects.prefix(1000))] }),
    ]
  }

  func write(to writer: inout ByteWriter) {
    writer.write(attributes.count)
    for (attributes, groups) in zip(attributes, groups) {
      writer.write(attributes)
      writer.write(groups)
    }
    writer.write(strength)
    writer.write(columns.count)
    for entry in columns {
      writer.write(entry.name)
      writer.write(entry.effects)
    }
  }

  init(from reader: inout ByteReader) throws {
    var (attributes, groups) = ([[String]](), [[String]]())
    for _ in 0..<(try reader.count(of: 16)) {
      attributes.append(try reader.texts())
      groups.append(try reader.texts())
    }
    (self.attributes, self.groups) = (attributes, groups)
    strength = try reader.double()
    columns = try (0..<(try reader.count(of: 16))).map { _ in (try reader.text(), try reader.doubles()) }
    let width = groups.reduce(0) { $0 + $1.count }
    guard (0...1).contains(strength),
      columns.allSatisfy({ $0.effects.count == width && $0.effects.allSatisfy(\.isFinite) })
    else { throw reader.malformed("the effects of a column are not those of \(width) groups") }
  }
}
