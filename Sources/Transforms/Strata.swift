import Platform

/// The columns by which rows are divided into parts.
enum StrataChoice: String, ConfigChoice, Sendable {
  case label, group
  case labelAndGroup = "label_group"
}

/// A division of rows into parts by label, group or both, and the sizes of the parts.
struct Strata {
  let names: [String]
  /// The part of each row; -1 for a row in no part.
  let codes: Buffer<Int32>
  /// The number of rows of each part; at least one.
  let counts: [Int]

  /// - Throws: `invalidConfig` if the rows lack labels or groups.
  init(_ rows: TransformRows, by choice: StrataChoice, attributes: [String], _ work: StepWork) throws {
    var parts: [GroupCodes] = []
    if choice != .group {
      let labels = try rows.requiredLabels(at: work.pointer)
      parts.append(GroupCodes(attribute: "label", names: labels.names, codes: labels.codes))
    }
    if choice != .label { parts.append(try rows.groups(attributes, at: work.pointer)) }
    self.init(try .intersection(parts))
  }

  init(_ groups: GroupCodes) {
    var counts = [Int](repeating: 0, count: groups.names.count)
    for row in 0..<groups.codes.count {
      let code = Int(groups.codes.pointer[row])
      if counts.indices.contains(code) { counts[code] += 1 }
    }
    (names, codes, self.counts) = (groups.names, groups.codes, counts)
  }

  /// The rows of each part, in ascending order.
  var rows: [[Int]] {
    var rows = counts.map { count in
      var part: [Int] = []
      part.reserveCapacity(count)
      return part
    }
    for row in 0..<codes.count where codes.pointer[row] >= 0 { rows[Int(codes.pointer[row])].append(row) }
    return rows
  }
}
