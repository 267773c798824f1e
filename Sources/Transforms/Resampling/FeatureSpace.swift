import Datasets
import Neighbours
import Platform

/// Rows as points, whose distances are used to find neighbours and to create synthetic rows. Numbers are
/// scaled. For rows of mixed types, categories have coordinates such that two different categories are as far
/// apart as the median of the numbers' deviations (Chawla et al. 2002, section 6.1).
struct FeatureSpace {
  let numbers: [Column]
  let categories: [Column]
  let width: Int
  private let coordinates: [Coordinates]

  /// How columns become coordinates: keys shared by the steps.
  struct Options {
    /// Columns of integers to treat as categories, in addition to all text columns.
    var categorical: [String] = []
    var scaled = true
  }

  /// The coordinates of one column in a point.
  fileprivate enum Coordinates {
    case singles(Buffer<Float>, centre: Double, scale: Double)
    case numbers(Buffer<Double>, centre: Double, scale: Double)
    /// The coordinates of each category, (categories, width).
    case table(Buffer<Int32>, [Float], width: Int)

    var width: Int { if case .table(_, _, let width) = self { width } else { 1 } }
  }

  /// - Parameter reference: the rows from which the median deviation is computed; nil: all.
  /// - Throws: `invalidData` (location: the column) for missing values and tensors; `invalidConfig` at
  ///   `work.pointer`.
  init(
    _ columns: [Column], options: Options, reference: [Int]? = nil, _ work: StepWork
  ) throws {
    guard !columns.isEmpty else { throw work.invalid("", "no input column is left for the step") }
    for column in columns { try FeatureMatrix.requireComplete(column, work) }
    if let index = options.categorical.firstIndex(where: { name in !columns.contains { $0.name == name } }) {
      throw work.invalid(
        "categorical/\(index)",
        "\"\(options.categorical[index])\" is not an input"
          + Suggestion.phrase(for: options.categorical[index], among: columns.map(\.name)))
    }
    numbers = columns.filter { $0.isNumeric && !options.categorical.contains($0.name) }
    categories = columns.filter { !$0.isNumeric || options.categorical.contains($0.name) }
    var (coordinates, deviations) = ([Coordinates](), [Double]())
    for column in numbers {
      var (centre, scale) = (0.0, 1.0)
      if options.scaled || !categories.isEmpty {
        let doubles = try column.doubles()
        let moments = Moments(doubles)
        if options.scaled { (centre, scale) = (moments.mean, moments.deviation > 0 ? moments.deviation : 1) }
        deviations.append(try Self.deviation(doubles, of: reference) / scale)
      }
      guard centre.isFinite, scale.isFinite else { throw Self.infinite(column.name) }
      if case .float32(let singles) = column.values {
        coordinates.append(.singles(singles, centre: centre, scale: scale))
      } else {
        coordinates.append(.numbers(try column.doubles(), centre: centre, scale: scale))
      }
    }
    let sorted = deviations.sorted()
    let median = sorted.isEmpty ? 1 : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    // Two different categories differ in two coordinates.
    let one = Float((median > 0 ? median : 1) / 2.0.squareRoot())
    for column in categories {
      let found = try column.categories()
      let count = found.names.count
      guard count <= 1000 else {
        throw Failure.invalidColumn(
          column.name, "has \(count) categories; at most 1000 are accepted by \(work.pointer)")
      }
      var table = try [Float].filled(with: 0, count: count * count, for: "categories")
      for place in 0..<count { table[place * count + place] = one }
      coordinates.append(.table(found.codes, table, width: count))
    }
    self.coordinates = coordinates
    width = coordinates.reduce(0) { $0 + $1.width }
  }

  /// Represents categories by their shares in each part of the rows.
  init(_ columns: [Column], valueDifferences strata: Strata, _ work: StepWork) throws {
    guard let rows = columns.first?.rows else {
      throw work.invalid("", "no input column is left for the step")
    }
    for column in columns { try FeatureMatrix.requireComplete(column, work) }
    let parts = strata.names.count
    (numbers, categories) = ([], columns)
    coordinates = try columns.map { column in
      let found = try column.categories()
      let (cells, overflow) = found.names.count.multipliedReportingOverflow(by: parts)
      guard !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: "categories") }
      var sums = try [Double].filled(with: 0, count: cells, for: "categories")
      for row in 0..<rows where strata.codes.pointer[row] >= 0 {
        sums[Int(found.codes.pointer[row]) * parts + Int(strata.codes.pointer[row])] += 1
      }
      let table = (0..<cells).map { cell -> Float in
        let first = cell / parts * parts
        let total = sums[first..<first + parts].reduce(0, +)
        return total > 0 ? Float(sums[cell] / total) : 0
      }
      return .table(found.codes, table, width: parts)
    }
    width = coordinates.reduce(0) { $0 + $1.width }
  }

  private static func infinite(_ name: String) -> Failure {
    .invalidColumn(name, "has infinite values, for which distances cannot be computed")
  }

  private static func deviation(_ numbers: Buffer<Double>, of rows: [Int]?) throws -> Double {
    guard let rows else { return Moments(numbers).deviation }
    return Moments(try numbers.selecting(rows: rows)).deviation
  }

  /// The given rows as points.
  ///
  /// - Throws: `invalidData` for an infinite value; `outOfMemory`.
  func points(_ rows: [Int]) throws -> Buffer<Float> {
    let (cells, overflow) = rows.count.multipliedReportingOverflow(by: width)
    guard !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: "features") }
    let points = try Buffer<Float>(count: cells, for: "features")
    // A few rows at a time, so that they stay in the cache while they are written column by column.
    let block = 64
    let blocks = (rows.count + block - 1) / block
    let shards = WorkerPool.shards(of: blocks, minimum: 8)
    rows.withUnsafeBufferPointer { rows in
      WorkerPool.run(shards: shards.count) { shard in
        for index in shards[shard] {
          let range = index * block..<min((index + 1) * block, rows.count)
          var start = 0
          for part in coordinates {
            part.write(rows, range, at: start, width: width, points.pointer)
            start += part.width
          }
        }
      }
    }
    for place in 0..<cells where !points.pointer[place].isFinite {
      let column = place % width
      throw Self.infinite(numbers.indices.contains(column) ? numbers[column].name : "")
    }
    return points
  }

  /// The given rows, prepared for searches of neighbours.
  func encoded(_ rows: [Int]) throws -> EncodedRows {
    try EncodedRows(points(rows), rows: rows.count, width: width)
  }

  /// All rows, prepared for searches of neighbours.
  func encoded(all rows: Int) throws -> EncodedRows { try encoded(Array(0..<rows)) }
}

extension FeatureSpace.Coordinates {
  /// Writes the coordinates of rows into their points, (rows, width), beginning at coordinate `start`.
  fileprivate func write(
    _ rows: UnsafeBufferPointer<Int>, _ range: Range<Int>, at start: Int, width: Int,
    _ points: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .singles(let numbers, let centre, let scale):
      if centre == 0, scale == 1 {
        for place in range { points[place * width + start] = numbers.pointer[rows[place]] }
        return
      }
      for place in range {
        points[place * width + start] = Float((Double(numbers.pointer[rows[place]]) - centre) / scale)
      }
    case .numbers(let numbers, let centre, let scale):
      for place in range {
        points[place * width + start] = Float((numbers.pointer[rows[place]] - centre) / scale)
      }
    case .table(let codes, let table, let own):
      table.withUnsafeBufferPointer { table in
        for place in range {
          let category = Int(codes.pointer[rows[place]])
          for j in 0..<own { points[place * width + start + j] = table[category * own + j] }
        }
      }
    }
  }
}
