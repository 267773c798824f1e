import Platform
import TableKernels

/// Factors of weights by group and class; other rows of the same group and class get the same factors.
struct CellWeights: FittedStep {
  /// The attributes that define the rows of `factors`; empty: all rows are one group.
  let attributes: [String]
  let groups: [String]
  let classes: [String]
  /// (groups, classes); NaN for a cell without training rows.
  let factors: [Double]
  let changesInputs = false

  init(attributes: [String], groups: [String], classes: [String], factors: [Double]) {
    self.attributes = attributes
    self.groups = groups
    self.classes = classes
    self.factors = factors
  }

  /// The sums of weights by (group, class); rows without a group are left out.
  static func sums(_ rows: TransformRows, _ groups: GroupCodes?, _ labels: ClassCodes) -> [Double] {
    let classes = labels.names.count
    let cells = max(1, groups?.names.count ?? 1) * classes
    let shards = WorkerPool.shards(of: rows.count, minimum: 50_000)
    var parts = [[Double]](repeating: [], count: shards.count)
    parts.withUnsafeMutableBufferPointer { parts in
      let parts = parts
      WorkerPool.run(shards: shards.count) { shard in
        var own = [Double](repeating: 0, count: cells)
        cell_sums(
          groups.map { UnsafePointer($0.codes.pointer) }, labels.codes.pointer, Int64(classes), Int64(cells),
          rows.weights.map { UnsafePointer($0.pointer) }, Int64(shards[shard].lowerBound),
          Int64(shards[shard].upperBound), &own)
        parts[shard] = own
      }
    }
    var sums = [Double](repeating: 0, count: cells)
    for part in parts { for cell in 0..<cells { sums[cell] += part[cell] } }
    return sums
  }

  /// Multiplies each training row's weight by its cell's factor.
  func weigh(_ rows: inout TransformRows, _ groups: GroupCodes?, _ labels: ClassCodes) throws {
    let weights = try Buffer<Double>(count: rows.count, for: "weights")
    let old = rows.weights
    let shards = WorkerPool.shards(of: rows.count, minimum: 50_000)
    factors.withUnsafeBufferPointer { factors in
      WorkerPool.run(shards: shards.count) { shard in
        guard let factors = factors.baseAddress else { return }
        cell_factors(
          groups.map { UnsafePointer($0.codes.pointer) }, labels.codes.pointer, Int64(labels.names.count),
          old.map { UnsafePointer($0.pointer) }, factors, Int64(shards[shard].lowerBound),
          Int64(shards[shard].upperBound), weights.pointer)
      }
    }
    rows.weigh(weights)
  }

  func apply(_ rows: inout TransformRows) throws {
    // Rows for prediction have no labels and need no weights.
    guard let labels = rows.labels else { return }
    let own = try groups.isEmpty ? nil : rows.groups(attributes, at: "")
    let weights = try Buffer<Double>(count: rows.count, for: "weights")
    let classPlaces = labels.names.map { classes.firstIndex(of: $0) }
    let groupPlaces = (own?.names ?? []).map { groups.firstIndex(of: $0) }
    for row in 0..<rows.count {
      let code = own.map { Int($0.codes.pointer[row]) } ?? -1
      var factor = 1.0
      if own == nil || code >= 0 {
        let group = code >= 0 ? groupPlaces[code] : 0
        let label = classPlaces[Int(labels.codes.pointer[row])]
        guard let group, let label, factors.indices.contains(group * classes.count + label),
          factors[group * classes.count + label].isFinite
        else {
          throw Failure.invalidData(
            "row \(row) is of \(own.map { "group \"\($0.names[max(0, code)])\" and " } ?? "")label \""
              + "\(labels.names[Int(labels.codes.pointer[row])])\", which did not occur in the training rows",
            at: "\(row)")
        }
        factor = factors[group * classes.count + label]
      }
      weights.pointer[row] = rows.weight(row) * factor
    }
    rows.weigh(weights)
  }

  var learnt: JSONValue {
    var cells: [JSONValue] = []
    for (place, factor) in factors.enumerated() where factor.isFinite && cells.count < 1000 {
      cells.append([
        "group": groups.isEmpty ? .null : .string(groups[place / classes.count]),
        "label": .string(classes[place % classes.count]), "factor": .number(factor),
      ])
    }
    return ["factors": .array(cells)]
  }

  func write(to writer: inout ByteWriter) {
    writer.write(attributes)
    writer.write(groups)
    writer.write(classes)
    writer.write(factors)
  }

  init(from reader: inout ByteReader) throws {
    attributes = try reader.texts()
    groups = try reader.texts()
    classes = try reader.texts()
    factors = try reader.doubles()
    let (cells, overflow) = max(1, groups.count).multipliedReportingOverflow(by: classes.count)
    guard !overflow, !classes.isEmpty, cells == factors.count,
      factors.allSatisfy({ !($0 < 0) && !$0.isInfinite })
    else { throw reader.malformed("\(factors.count) weights are not of \(groups.count) groups") }
  }
}
