@testable import Fairness
import Platform
import Testing

/// All numbers of a report, with their names.
private func numbers(_ result: AuditResult) -> [(String, Double?)] {
  var found = zip(result.metrics, result.overall).map { ($0.name, $1) }
  for attribute in result.attributes {
    for (name, values) in zip(attribute.frame.names, attribute.values) {
      found += zip(result.metrics, values).map { ("\(attribute.frame.attribute) \(name) \($0.name)", $1) }
    }
    found += attribute.fairness.map { ("\(attribute.frame.attribute) \($0.name)", $0.value) }
  }
  return found.sorted { $0.0 < $1.0 }
}

private func expectSame(_ first: AuditResult, _ second: AuditResult) {
  let (first, second) = (numbers(first), numbers(second))
  #expect(first.map(\.0) == second.map(\.0))
  for (a, b) in zip(first, second) {
    #expect(a.1 == nil && b.1 == nil || abs((a.1 ?? .nan) - (b.1 ?? .nan)) <= 1e-12, "\(a.0)")
  }
}

@Suite("Changes that must not affect an audit")
struct AuditPropertyTests {
  let reference: ReferenceRows
  init() throws { reference = try #require(ReferenceRows.loaded) }
  // 0, 7, 14 ... modulo 400: every row once, since 7 and 400 have no common factor.
  let permutation = (0..<400).map { $0 * 7 % 400 }

  /// All metrics and measures, and all comparisons.
  private var everything: AuditOptions {
    // "count" ignores weights; "abpc" is slow without optimization.
    let left = ["count", "abpc", "abpc_to_overall"]
    var options = AuditOptions(
      metrics: (Metric.available(for: .binary, scored: true).map(\.name)
        + FairnessMeasure.available(for: .binary, scored: true).map(\.name))
        .filter { !left.contains($0) },
      referenceGroups: ["sex": "1"])
    options.compareWith = GapReference.allCases
    return options
  }

  @Test("The order of the rows, weights of 2, merging, and the groups' names, for all there is to measure")
  func allMeasures() throws {
    let whole = try Audit.run(reference.rows(), everything)
    expectSame(whole, try Audit.run(reference.rows(permutation), everything))
    let twice = (0..<400).filter { $0 % 3 == 0 }
    expectSame(
      try Audit.run(reference.rows(weights: (0..<400).map { $0 % 3 == 0 ? 2 : 1 }), everything),
      try Audit.run(reference.rows(Array(0..<400) + twice), everything))
    let parts = try [0..<1, 1..<150, 150..<400].map { try AuditSums(reference.rows(Array($0))) }
    for order in [[0, 1, 2], [2, 1, 0]] {
      var merged = parts[order[0]]
      try merged.merge(parts[order[1]])
      try merged.merge(parts[order[2]])
      expectSame(try Audit.report(merged, everything), whole)
    }
    // Other names of groups, and therefore another order.
    let names = ["zebra", "yak", "xerus", "wolf"]
    func renamed(_ names: [String], _ flip: Bool) throws -> AuditResult {
      let codes = reference.race.map { flip ? 3 - $0 : $0 }
      let rows = AuditRows(
        count: 400, labels: try CodeColumn(copying: reference.labels),
        decisions: try CodeColumn(copying: reference.decisions),
        scores: try RealColumn(copying: reference.scores),
        groupings: [
          Grouping(
            attribute: "race", groupNames: flip ? names.reversed() : names,
            codes: try CodeColumn(copying: codes))
        ])
      var options = everything
      options.referenceGroups = [:]
      return try Audit.run(rows, options)
    }
    let (first, second) = (try renamed(names, false), try renamed(names, true))
    expectSame(first, second)
    let plain = try renamed(["0", "1", "2", "3"], false)
    for (a, b) in zip(first.attributes[0].fairness, plain.attributes[0].fairness) {
      #expect(a.name == b.name && a.value == b.value)
    }
  }

  @Test("The order of the rows", arguments: [false, true])
  func order(weighted: Bool) throws {
    expectSame(
      try Audit.run(reference.rows(weighted: weighted)),
      try Audit.run(reference.rows(permutation, weighted: weighted)))
  }

  @Test("A weight of 2 or the row twice")
  func duplication() throws {
    let twice = (0..<400).filter { $0 % 3 == 0 }
    let weighted = try Audit.run(reference.rows(weights: (0..<400).map { $0 % 3 == 0 ? 2 : 1 }))
    let duplicated = try Audit.run(reference.rows(Array(0..<400) + twice))
    expectSame(weighted, duplicated)
  }

  @Test("One pass or three merged, in any order", arguments: [false, true])
  func merging(weighted: Bool) throws {
    let parts = try [0..<1, 1..<150, 150..<400].map {
      try AuditSums(reference.rows(Array($0), weighted: weighted))
    }
    let whole = try Audit.run(reference.rows(weighted: weighted))
    for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
      var merged = parts[order[0]]
      try merged.merge(parts[order[1]])
      try merged.merge(parts[order[2]])
      expectSame(try Audit.report(merged), whole)
    }
  }

  @Test("Merging parts that number their groups differently, and count them in different tables")
  func mergingByName() throws {
    // The second part has 3,000 more races, too many for one joint table, and its codes are descending.
    let names = ["0", "1", "2", "3"]
    let many = (4..<3004).reversed().map(String.init) + names.reversed()
    let parts = try [(0..<150, names), (150..<400, many)].map { range, known in
      let sexes = Grouping(
        attribute: "sex", groupNames: names, codes: try CodeColumn(copying: Array(reference.sex[range])))
      let races = Grouping(
        attribute: "race", groupNames: known,
        codes: try CodeColumn(
          copying: reference.race[range].map { code in
            Int32(known.firstIndex(of: String(code))!)
          }))
      return try AuditSums(
        AuditRows(
          count: range.count, labels: try CodeColumn(copying: Array(reference.labels[range])),
          decisions: try CodeColumn(copying: Array(reference.decisions[range])),
          scores: try RealColumn(copying: Array(reference.scores[range])),
          groupings: [sexes, races, .intersection([sexes, races])]))
    }
    let whole = try Audit.run(reference.rows())
    for (first, second) in [(0, 1), (1, 0)] {
      var merged = parts[first]
      try merged.merge(parts[second])
      expectSame(try Audit.report(merged, AuditOptions(referenceGroups: [:])), whole)
    }
  }

  @Test("Counting with several threads, over many blocks")
  func sharding() throws {
    // Three threads sort separate runs, so that an odd one must be merged too.
    try WorkerPool.setThreads(3)
    defer { try? WorkerPool.setThreads(0) }
    let order = (0..<200_000).map { $0 % 400 }
    let once = try Audit.run(reference.rows())
    let many = try Audit.run(reference.rows(order))
    #expect(many.rows == 200_000)
    for name in ["tpr_difference", "auc_difference", "log_loss_difference"] {
      let (a, b) = (
        once.value(metric: name, attribute: "sex,race")!, many.value(metric: name, attribute: "sex,race")!
      )
      #expect(abs(a - b) < 1e-10)
    }
  }

  @Test("Bytes or integers, floats or doubles")
  func elementTypes() throws {
    func bytes(_ codes: [Int32]) throws -> CodeColumn {
      CodeColumn(try Buffer(copying: codes.map { UInt8($0) }))
    }
    let rounded = reference.scores.map { Double(Float($0)) }
    func run(_ make: ([Int32]) throws -> CodeColumn, _ scores: RealColumn) throws -> AuditResult {
      try Audit.run(
        AuditRows(
          count: 400, labels: make(reference.labels), decisions: make(reference.decisions), scores: scores,
          groupings: [
            Grouping(attribute: "race", groupNames: ["0", "1", "2", "3"], codes: make(reference.race))
          ]))
    }
    expectSame(
      try run({ try CodeColumn(copying: $0) }, RealColumn(copying: rounded)),
      try run(bytes, RealColumn(Buffer(copying: rounded.map { Float($0) }))))
  }
}
