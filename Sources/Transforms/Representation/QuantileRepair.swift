import Datasets
import Platform

/// A column's quantiles by group, and the target quantiles of all groups.
struct QuantileRepair {
  let name: String
  /// For each group, at the shares 0, 1/n … 1 of its rows, ascending.
  let quantiles: [[Double]]
  /// At the shares 0, 1/n … 1.
  let target: [Double]
  /// The maximum number of quantiles stored for a group.
  private static let mostPoints = 4096

  /// - Throws: `invalidData` for a group without a value in the column.
  init(
    _ column: Column, _ groups: [[Int]], _ choice: DisparateImpactRemover.Target, _ names: [String]
  ) throws {
    name = column.name
    let numbers = try column.doubles()
    quantiles = try groups.map { rows in
      let own = try Buffer<Double>(count: rows.count, for: "quantiles")
      for (place, row) in rows.enumerated() { own.pointer[place] = numbers.pointer[row] }
      let sorted = try SortedNumbers(own, of: column.name)
      let points = min(sorted.values.count, Self.mostPoints)
      guard sorted.values.first?.isFinite == true, sorted.values.last?.isFinite == true else {
        throw Failure.invalidColumn(column.name, "has infinite values, which have no quantiles")
      }
      return points < 2
        ? sorted.values
        : (0..<points).map { sorted.quantile(Double($0) / Double(points - 1)) }
    }
    let points = max(2, quantiles.map(\.count).max() ?? 2)
    let own = quantiles
    target = (0..<points).map { place in
      let share = Double(place) / Double(points - 1)
      return Self.centre(own.map { Self.quantile($0, share) }, choice)
    }
  }

  private static func centre(_ values: [Double], _ choice: DisparateImpactRemover.Target) -> Double {
    if choice == .mean { return values.reduce(0, +) / Double(values.count) }
    let sorted = values.sorted()
    let lower = sorted[(sorted.count - 1) / 2]
    return choice == .lowerMedian ? lower : (lower + sorted[sorted.count / 2]) / 2
  }

  private static func quantile(_ points: [Double], _ share: Double) -> Double {
    let position = share * Double(points.count - 1)
    let place = min(max(0, Int(position)), points.count - 1)
    let next = min(place + 1, points.count - 1)
    return points[place] + (position - Double(place)) * (points[next] - points[place])
  }

  /// The share of a group's values below a value; ties count half.
  private static func share(_ points: [Double], of value: Double) -> Double {
    guard points.count > 1 else { return 0.5 }
    // The first point at or above the value, and the first point above it.
    var (low, high) = (0, points.count)
    while low < high {
      let middle = (low + high) / 2
      if points[middle] < value { low = middle + 1 } else { high = middle }
    }
    let first = low
    high = points.count
    while low < high {
      let middle = (low + high) / 2
      if points[middle] <= value { low = middle + 1 } else { high = middle }
    }
    let last = Double(points.count - 1)
    if first < low { return Double(first + low - 1) / 2 / last }
    if first == 0 { return 0 }
    if first == points.count { return 1 }
    let between = (value - points[first - 1]) / (points[first] - points[first - 1])
    return (Double(first - 1) + between) / last
  }

  func repaired(_ value: Double, group: Int, level: Double) -> Double {
    (1 - level) * value + level * Self.quantile(target, Self.share(quantiles[group], of: value))
  }

  func write(to writer: inout ByteWriter) {
    writer.write(name)
    writer.write(quantiles.count)
    for points in quantiles { writer.write(points) }
    writer.write(target)
  }

  init(from reader: inout ByteReader, groups: Int) throws {
    name = try reader.text()
    quantiles = try (0..<(try reader.count(of: 8))).map { _ in try reader.doubles() }
    target = try reader.doubles()
    guard quantiles.count == groups, !target.isEmpty,
      (quantiles + [target]).allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isFinite) && $0 == $0.sorted() })
    else { throw reader.malformed("the quantiles of a column do not ascend") }
  }
}
