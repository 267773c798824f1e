import Platform

// Writes and reads the sums of an audit as bytes. The reader checks everything that the sums rely on: sizes
// that must agree, weights that must not be negative, orders that must hold.

extension AuditSums {
  /// - Precondition: the sums have histograms instead of ranked scores; ranked scores are not written.
  public func write(to writer: inout ByteWriter) {
    switch task {
    case .binary: writer.write("binary")
    case .multiclass: writer.write("multiclass")
    case .regression: writer.write("regression")
    }
    if case .multiclass(let classes) = task { writer.write(classes) }
    writer.write(scored)
    writer.write(labelled)
    writer.write(weighted)
    writer.write(rows)
    writer.write(groupings.count)
    for grouping in groupings { writer.write(grouping) }
    writer.write(conditional.count)
    for grouping in conditional { writer.write(grouping) }
    writer.write(partitions.count)
    for partition in partitions { partition.write(to: &writer) }
    writer.write(blocks != nil)
    blocks?.write(to: &writer)
  }

  /// - Throws: `invalidData` with the byte offset if the bytes are not valid sums.
  public init(from reader: inout ByteReader) throws {
    let task: AuditTask
    switch try reader.text() {
    case "binary": task = .binary
    case "multiclass":
      let classes = try reader.texts()
      guard (2...1024).contains(classes.count), Set(classes).count == classes.count else {
        throw reader.malformed("\(classes.count) classes, or two of one name")
      }
      task = .multiclass(classes: classes)
    case "regression": task = .regression
    case let other: throw reader.malformed("\"\(other)\" is not a task")
    }
    let scored = try reader.flag()
    let labelled = try reader.flag()
    let weighted = try reader.flag()
    let rows = try reader.natural()
    let groupings = try (0..<reader.count(of: 8)).map { _ in try reader.texts() }
    let conditional = try (0..<reader.count(of: 8)).map { _ in try reader.texts() }
    let partitions = try (0..<reader.count(of: 8)).map { _ in
      try PartitionSums(from: &reader, task: task, scored: scored)
    }
    guard
      (groupings + conditional).allSatisfy({ wanted in
        partitions.contains { Set($0.attributes).isSuperset(of: wanted) }
      }),
      !partitions.isEmpty, groupings.allSatisfy({ !$0.isEmpty })
    else { throw reader.malformed("a grouping without sums") }
    let blocks = try reader.flag() ? try RowBlocks(from: &reader, task: task, scored: scored) : nil
    if let blocks {
      guard weighted || task.classCount == 0,
        partitions.allSatisfy({ partition in
          blocks.partitions.contains { Set($0.attributes).isSuperset(of: partition.attributes) }
        })
      else { throw reader.malformed("blocks of rows that do not belong to the sums") }
    }
    self.init(
      task: task, scored: scored, labelled: labelled, weighted: weighted, rows: rows, groupings: groupings,
      conditional: conditional,
      partitions: partitions, blocks: blocks)
  }
}

extension RowBlocks {
  func write(to writer: inout ByteWriter) {
    writer.write(totals)
    writer.write(partitions.count)
    for partition in partitions { partition.write(to: &writer) }
  }

  init(from reader: inout ByteReader, task: AuditTask, scored: Bool) throws {
    let totals = try reader.doubles()
    guard totals.count == 3, totals.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw reader.malformed("no totals of blocks of rows")
    }
    let partitions = try (0..<reader.count(of: 8)).map { _ in
      try PartitionSums(from: &reader, task: task, scored: scored)
    }
    for partition in partitions {
      guard let place = partition.attributes.firstIndex(of: Self.attribute),
        partition.keys.allSatisfy({ key in
          guard key.indices.contains(place), let block = Int(key[place]) else { return false }
          return (0..<DrawnBlocks.maximum).contains(block) && String(block) == key[place]
        })
      else { throw reader.malformed("no blocks of rows") }
    }
    self.init(partitions: partitions, weight: totals[0], squaredWeight: totals[1], rows: totals[2])
  }
}

extension PartitionSums {
  func write(to writer: inout ByteWriter) {
    writer.write(attributes.count)
    for (attribute, names) in zip(attributes, groupNames) {
      writer.write(attribute)
      writer.write(names)
    }
    writer.write(groups.count)
    for (key, group) in zip(keys, groups) {
      for name in key { writer.write(name) }
      group.write(to: &writer)
    }
  }

  init(from reader: inout ByteReader, task: AuditTask, scored: Bool) throws {
    let attributes = try (0..<reader.count(of: 16)).map { _ in (try reader.text(), try reader.texts()) }
    self.init(attributes: attributes.map(\.0), groupNames: attributes.map(\.1))
    for _ in 0..<(try reader.count(of: 8)) {
      let key = try attributes.map { _ in try reader.text() }
      guard index(of: key) == nil else {
        throw reader.malformed("the group \"\(SensitiveAttribute.groupName(key))\" is there twice")
      }
      add(try GroupSums(from: &reader, task: task, scored: scored), as: key)
    }
  }
}

extension GroupSums {
  func write(to writer: inout ByteWriter) {
    writer.write(rows)
    if let confusion { writer.write(confusion.weights) }
    if let scores {
      for label in [scores.negative, scores.positive] {
        writer.write([label.weight, label.score, label.squaredError, label.logLoss])
      }
      writer.write([scores.notFinite, scores.outside])
    }
    if let errors { writer.write(errors.numbers) }
    writer.write(distribution?.bins ?? 0)
    if let distribution, distribution.bins > 0 { distribution.write(to: &writer) }
  }

  init(from reader: inout ByteReader, task: AuditTask, scored: Bool) throws {
    let rows = try reader.natural()
    func numbers(_ counts: ClosedRange<Int>) throws -> [Double] {
      let numbers = try reader.doubles()
      guard counts.contains(numbers.count), numbers.allSatisfy(\.isFinite) else {
        throw reader.malformed("\(numbers.count) numbers where \(counts.upperBound) finite ones belong")
      }
      return numbers
    }
    func numbers(_ count: Int) throws -> [Double] { try numbers(count...count) }
    var (confusion, scores, errors): (ConfusionSums?, ScoreSums?, ErrorSums?) = (nil, nil, nil)
    if case .regression = task {
      errors = ErrorSums(numbers: try numbers(ErrorSums.counts))
    } else {
      let weights = try numbers(task.classCount * task.classCount)
      guard weights.allSatisfy({ $0 >= 0 }) else { throw reader.malformed("a count is negative") }
      confusion = ConfusionSums(classes: task.classCount, weights: weights)
      if scored {
        scores = ScoreSums(
          negative: ScoreSums.Label(numbers: try numbers(4)),
          positive: ScoreSums.Label(numbers: try numbers(4)),
          rest: try numbers(2))
      }
    }
    let bins = try reader.natural()
    guard bins == 0 || scored && bins <= 1 << 24 else { throw reader.malformed("\(bins) score bins") }
    let distribution = bins > 0 ? try ScoreDistribution(from: &reader, bins: bins) : nil
    self.init(rows: rows, confusion: confusion, scores: scores, errors: errors, distribution: distribution)
  }
}

extension ScoreDistribution {
  func write(to writer: inout ByteWriter) {
    writer.write(count)
    for point in scores.indices {
      writer.write(Int(places[point]))
      writer.write(scores[point])
      writer.write(positives[point])
      writer.write(negatives[point])
    }
  }

  init(from reader: inout ByteReader, bins: Int) throws {
    self.init(bins: bins)
    var last = -1
    for _ in 0..<(try reader.count(of: 32)) {
      let place = try reader.natural()
      let score = try reader.double()
      let (positive, negative) = (try reader.weight(), try reader.weight())
      guard place > last, place < bins, score.isFinite, positive + negative > 0 else {
        throw reader.malformed("a score bin is empty or out of order")
      }
      append(score, place: Int32(clamping: place), positive: positive, negative: negative)
      last = place
    }
  }
}
