import Datasets
import Platform

/// Replaces numeric columns by their projections on directions.
struct ProjectedColumns: FittedStep {
  let columns: [String]
  let means: [Double]
  let scales: [Double]
  /// One direction for each new column.
  let directions: [[Double]]
  let variances: [Double]
  let changesInputs = true

  init(columns: [String], means: [Double], scales: [Double], directions: [[Double]], variances: [Double]) {
    self.columns = columns
    self.means = means
    self.scales = scales
    self.directions = directions
    self.variances = variances
  }

  func apply(_ rows: inout TransformRows) throws {
    let numbers = try columns.map { try rows.dataset.column($0).doubles() }
    var made: [Column] = []
    for (place, direction) in directions.enumerated() {
      try HostCall.check()
      let values = try Buffer<Double>(count: rows.count, for: "components")
      for (j, share) in direction.enumerated() where share != 0 {
        let (mean, scale) = (means[j], scales[j])
        for row in 0..<rows.count { values.pointer[row] += share * (numbers[j].pointer[row] - mean) / scale }
      }
      made.append(try Column(name: "\(FairPCA.prefix)\(place + 1)", values: .float64(values)))
    }
    try rows.remove(columns: columns)
    try rows.add(columns: made)
  }

  var learnt: JSONValue {
    [
      "columns": .strings(columns), "components": .integer(directions.count),
      "variances": .numbers(variances),
    ]
  }

  func write(to writer: inout ByteWriter) {
    writer.write(columns)
    writer.write(means)
    writer.write(scales)
    writer.write(directions.count)
    for direction in directions { writer.write(direction) }
    writer.write(variances)
  }

  init(from reader: inout ByteReader) throws {
    columns = try reader.texts()
    means = try reader.doubles()
    scales = try reader.doubles()
    directions = try (0..<(try reader.count(of: 8))).map { _ in try reader.doubles() }
    variances = try reader.doubles()
    guard !columns.isEmpty, means.count == columns.count, scales.count == columns.count,
      scales.allSatisfy({ $0 != 0 && $0.isFinite }), directions.allSatisfy({ $0.count == columns.count })
    else { throw reader.malformed("the directions are not those of \(columns.count) columns") }
  }
}
