import Datasets
import Platform

/// Divides rows into cells: numbers by bins of about the same number of rows, texts by their categories.
struct CellGrid: Equatable {
  struct Part: Equatable {
    let column: String
    /// For numbers, the ascending edges between bins; nil for texts.
    let edges: [Double]?
    /// For numbers, what stands for each bin: its median.
    let medians: [Double]
    let categories: [String]

    /// The number of bins or categories, which is also the code of a missing value.
    var count: Int { edges.map { $0.count + 1 } ?? categories.count }

    /// What it costs to change one code into another: 1 for another category, and 1 for each bin.
    func cost(_ first: Int, _ second: Int) -> Double {
      guard edges != nil, first < count, second < count else { return first == second ? 0 : 1 }
      return Double((first - second).magnitude)
    }
  }

  let parts: [Part]

  init(parts: [Part]) { self.parts = parts }

  /// - Parameter bins: the largest number of bins of a column.
  /// - Throws: `invalidData` for a column of tensors.
  init(_ columns: [Column], bins: Int) throws {
    parts = try columns.map { column in
      switch column.values {
      case .tensor: throw Failure.invalidColumn(column.name, "holds tensors; numbers or texts are needed")
      case .text:
        return Part(column: column.name, edges: nil, medians: [], categories: try column.categories().names)
      case .float32, .float64, .int64: return try Self.numbers(column, bins: bins)
      }
    }
  }

  private static func numbers(_ column: Column, bins: Int) throws -> Part {
    let sorted = try column.doubles().array.filter(\.isFinite).sorted()
    var edges: [Double] = []
    let different = Set(sorted)
    if different.count <= bins {
      edges = Array(different.sorted().dropFirst())
    } else if let first = sorted.first {
      for bin in 1..<max(2, bins) {
        let edge = sorted[sorted.count * bin / bins]
        if edge > edges.last ?? first { edges.append(edge) }
      }
    }
    var parts = [[Double]](repeating: [], count: edges.count + 1)
    for number in sorted { parts[Self.bin(number, edges)].append(number) }
    return Part(
      column: column.name, edges: edges, medians: parts.map { $0.isEmpty ? 0 : $0[$0.count / 2] },
      categories: [])
  }

  private static func bin(_ number: Double, _ edges: [Double]) -> Int {
    edges.prefix { $0 <= number }.count
  }

  /// The codes of each row, one list for each part; -1 for a category that is not known.
  func codes(_ columns: [Column]) throws -> [[Int]] {
    try zip(parts, columns).map { part, column in
      guard let edges = part.edges else {
        guard case .text = column.values else {
          throw Failure.invalidColumn(
            column.name, "holds \(column.values.typeName); the training rows had texts")
        }
        let found = try column.categories()
        let places = found.names.map { part.categories.firstIndex(of: $0) ?? -1 }
        return found.codes.array.map { $0 < 0 ? part.count : places[Int($0)] }
      }
      return try column.doubles().array.map { $0.isFinite ? Self.bin($0, edges) : part.count }
    }
  }

  /// The columns with what stands for each row's codes.
  func columns(like originals: [Column], _ codes: [[Int]]) throws -> [Column] {
    try parts.indices.map { place in
      let (part, original) = (parts[place], originals[place])
      guard part.edges != nil else {
        return try Column(
          name: part.column,
          texts: codes[place].map { part.categories.indices.contains($0) ? part.categories[$0] : nil })
      }
      let numbers = try Buffer<Double>(count: original.rows, for: "column \"\(part.column)\"")
      for (row, code) in codes[place].enumerated() {
        numbers.pointer[row] = part.medians.indices.contains(code) ? part.medians[code] : .nan
      }
      return try original.replacing(numbers: numbers)
    }
  }

  func cost(_ first: [Int], _ second: [Int]) -> Double {
    parts.indices.reduce(0) { $0 + parts[$1].cost(first[$1], second[$1]) }
  }
}
