import Datasets
import Platform

/// Moves the groups of columns to one distribution.
struct RepairedColumns: FittedStep {
  let attributes: [String]
  let groups: [String]
  let level: Double
  let seed: UInt64
  let columns: [Repair]
  let changesInputs = true

  enum Repair {
    case numbers(QuantileRepair)
    case texts(CategoryRepair)
  }

  init(attributes: [String], groups: [String], level: Double, seed: UInt64, columns: [Repair]) {
    self.attributes = attributes
    self.groups = groups
    self.level = level
    self.seed = seed
    self.columns = columns
  }

  func apply(_ rows: inout TransformRows) throws {
    let own = try rows.groups(attributes, at: "")
    let places = own.names.map { groups.firstIndex(of: $0) ?? -1 }
    // Rows without a group are not changed; rows of a group without training rows cannot be repaired.
    let codes = try Buffer<Int32>(count: rows.count, for: "groups")
    for row in 0..<rows.count {
      let code = Int(own.codes.pointer[row])
      codes.pointer[row] = code < 0 ? -1 : Int32(places[code])
      guard code < 0 || places[code] >= 0 else {
        throw Failure.invalidData(
          "row \(row) is of group \"\(own.names[code])\", which did not occur in the training rows",
          at: "\(row)")
      }
    }
    let draw = RowDraw(try rows.inputs.map(rows.dataset.column), seed: seed)
    try rows.replace(
      columns.map { repair in
        try HostCall.check()
        switch repair {
        case .numbers(let repair): return try numbers(repair, rows, codes)
        case .texts(let repair): return try texts(repair, rows, codes, draw)
        }
      })
  }

  private func numbers(_ repair: QuantileRepair, _ rows: TransformRows, _ codes: Buffer<Int32>) throws
    -> Column
  {
    let column = try rows.dataset.column(repair.name)
    let values = try column.doubles()
    let result = try Buffer<Double>(count: values.count, for: "column \"\(repair.name)\"")
    let shards = WorkerPool.shards(of: values.count, minimum: 10_000)
    WorkerPool.run(shards: shards.count) { shard in
      for row in shards[shard] {
        let (value, group) = (values.pointer[row], Int(codes.pointer[row]))
        result.pointer[row] =
          group < 0 || !value.isFinite ? value : repair.repaired(value, group: group, level: level)
      }
    }
    return try column.replacing(numbers: result)
  }

  private func texts(_ repair: CategoryRepair, _ rows: TransformRows, _ codes: Buffer<Int32>, _ draw: RowDraw)
    throws
    -> Column
  {
    let column = try rows.dataset.column(repair.name)
    guard case .text(let texts) = column.values else {
      throw Failure.invalidColumn(repair.name, "holds \(column.values.typeName); the training rows had texts")
    }
    let found = try column.categories()
    let places = found.names.map { repair.categories.firstIndex(of: $0) }
    return try Column(
      name: repair.name,
      texts: (0..<column.rows).map { row in
        let code = Int(found.codes.pointer[row])
        if code < 0 { return nil }
        // A category that did not occur in training is not changed.
        guard codes.pointer[row] >= 0, let place = places[code] else { return texts.string(row) }
        return repair.categories[
          repair.repaired(place, group: Int(codes.pointer[row]), level: level, draw: draw.uniform(row))]
      })
  }

  var learnt: JSONValue {
    [
      "groups": .strings(groups), "level": .finite(level),
      "columns": .array(
        columns.map { repair in
          switch repair {
          case .numbers(let repair):
            [
              "name": .string(repair.name),
              "median_by_group": .numbers(repair.quantiles.map { $0[$0.count / 2] }),
              "median_of_target": .finite(repair.target[repair.target.count / 2]),
            ]
          case .texts(let repair):
            ["name": .string(repair.name), "categories": .integer(repair.categories.count)]
          }
        }),
    ]
  }

  func write(to writer: inout ByteWriter) {
    writer.write(attributes)
    writer.write(groups)
    writer.write(level)
    writer.write(seed)
    writer.write(columns.count)
    for repair in columns {
      switch repair {
      case .numbers(let repair):
        writer.write(true)
        repair.write(to: &writer)
      case .texts(let repair):
        writer.write(false)
        repair.write(to: &writer)
      }
    }
  }

  init(from reader: inout ByteReader) throws {
    attributes = try reader.texts()
    groups = try reader.texts()
    level = try reader.double()
    seed = try reader.word()
    guard (0...1).contains(level), !groups.isEmpty else {
      throw reader.malformed("the repair has no level or groups")
    }
    let count = groups.count
    columns = try (0..<(try reader.count(of: 8))).map { _ in
      try reader.flag()
        ? .numbers(QuantileRepair(from: &reader, groups: count))
        : .texts(CategoryRepair(from: &reader, groups: count))
    }
  }
}
