import Platform

/// The numbers of rows and the weights by group and label; reports show them before and after each step.
struct CellCounts {
  private let names: [(group: String, label: String?)]
  private let rows: [Int]
  private let weights: [Double]
  let total: Int
  let weight: Double
  /// The maximum number of cells in a report.
  private static let listed = 1000

  init(_ rows: TransformRows) throws {
    let groups = try rows.attributes.isEmpty ? nil : GroupCodes.intersection(rows.attributes)
    let labels = rows.labels
    let (groupCount, classCount) = (max(1, groups?.names.count ?? 1), max(1, labels?.names.count ?? 1))
    let cells = groupCount * classCount
    var counts = try [Int].filled(with: 0, count: cells + 1, for: "counts")
    var sums = try [Double].filled(with: 0, count: cells + 1, for: "counts")
    let (groupCodes, classCodes, values) = (groups?.codes, labels?.codes, rows.weights)
    counts.withUnsafeMutableBufferPointer { counts in
      sums.withUnsafeMutableBufferPointer { sums in
        for row in 0..<rows.count {
          let group = groupCodes.map { Int($0.pointer[row]) } ?? 0
          let cell = group < 0 ? cells : group * classCount + Int(classCodes?.pointer[row] ?? 0)
          counts[cell] += 1
          if let values { sums[cell] += values.pointer[row] }
        }
      }
    }
    if values == nil { sums = counts.map(Double.init) }
    var names: [(group: String, label: String?)] = []
    for group in 0..<groupCount {
      for label in 0..<classCount {
        names.append((groups?.names[group] ?? "", labels?.names[label]))
      }
    }
    names.append(("(none)", nil))
    self.names = names
    self.rows = counts
    weights = sums
    total = rows.count
    weight = sums.reduce(0, +)
  }

  /// The cells before and after a step. Groups that were removed keep their cells, with 0 rows.
  static func json(_ before: CellCounts, _ after: CellCounts) -> JSONValue {
    var places: [String: Int] = [:]
    func key(_ name: (group: String, label: String?)) -> String {
      NameList.joined([name.group, name.label ?? ""])
    }
    for (place, name) in after.names.enumerated() { places[key(name)] = place }
    var cells: [JSONValue] = []
    func add(_ name: (group: String, label: String?), _ old: Int?, _ new: Int?) {
      let (rowsBefore, rowsAfter) = (old.map { before.rows[$0] } ?? 0, new.map { after.rows[$0] } ?? 0)
      guard rowsBefore > 0 || rowsAfter > 0, cells.count < listed else { return }
      cells.append([
        "group": .string(name.group), "label": name.label.map { .string($0) } ?? .null,
        "rows_before": .integer(rowsBefore), "rows_after": .integer(rowsAfter),
        "weight_before": .finite(old.map { before.weights[$0] } ?? 0),
        "weight_after": .finite(new.map { after.weights[$0] } ?? 0),
      ])
    }
    for (place, name) in before.names.enumerated() {
      add(name, place, places.removeValue(forKey: key(name)))
    }
    for (place, name) in after.names.enumerated() where places[key(name)] == place { add(name, nil, place) }
    return .array(cells)
  }
}
