import Configurations
import Datasets
import Fairness
import Platform

extension ScanConfig {
  package func section(_ rows: AnalysisRows, attributes fallback: [String], _ notes: inout SectionNotes)
    throws
    -> JSONValue
  {
    let names = attributes.isEmpty ? fallback : attributes
    let columns = try names.enumerated().map { index, name in
      try column(name, rows, at: "/subgroups/scan/attributes/\(index)")
    }
    let observed = observed ?? (rows.scores == nil || rows.labels == nil ? .decision : .label)
    let expected = expected ?? (observed == .label && rows.scores != nil ? .score : .rate)
    let outcomes =
      try observed == .label
      ? rows.requireBinaryLabels(at: "/subgroups/scan/observed")
      : rows.requireDecisions(at: "/subgroups/scan/observed")
    let expectations: [Double]
    switch expected {
    case .score: expectations = try rows.requireScores(at: "/subgroups/scan/expected")
    case .rate:
      let rate = outcomes.reduce(0, +) / Double(max(outcomes.count, 1))
      expectations = outcomes.map { _ in rate }
    }
    if let row = expectations.firstIndex(where: { !(0...1).contains($0) }) {
      throw Failure.invalidData(
        "row \(row): the score \(expectations[row]) is not a probability, which a scan needs",
        at: "row \(row)")
    }
    if rows.weights != nil { notes.add("the scan counts rows and ignores their weights") }
    let scan = try SubsetScan(
      codes: columns.map(\.codes), valueCounts: columns.map(\.names.count), outcomes: outcomes,
      expectations: expectations, likelihood: likelihood, penalty: penalty)
    let seed = UInt64(bitPattern: Int64(seed))
    var members: [JSONValue.Member] = [
      .init("observed", .string(observed.rawValue)), .init("expected", .string(expected.rawValue)),
      .init("likelihood", .string(likelihood.rawValue)), .init("penalty", .number(penalty)),
    ]
    for direction in SubsetScan.Direction.allCases {
      let found = scan.run(direction, restarts: restarts, seed: seed)
      let subgroup = zip(zip(names, columns), found.values).compactMap { column, taken in
        taken.map { codes in
          JSONValue.Member(column.0, .strings(codes.map { column.1.names[$0] }))
        }
      }
      var own: [JSONValue.Member] = [
        .init("subgroup", .object(subgroup)), .init("score", .finite(found.score)),
        .init("factor", .finite(found.factor)), .init("count", .integer(found.rows)),
        .init("observed_rate", .finite(found.observed)), .init("expected_rate", .finite(found.expected)),
      ]
      if replicates > 0 {
        let chance = scan.chance(
          of: found, direction, replicates: replicates, restarts: restarts, seed: seed)
        try HostCall.check()
        own.append(.init("p_value", notes.number(chance, "p_value of the scan")))
      }
      members.append(.init(direction.rawValue, .object(own)))
    }
    return .object(members)
  }

  /// The values of a column, or bins of its numbers; missing values form a separate value.
  private func column(_ name: String, _ rows: AnalysisRows, at pointer: String) throws
    -> AnalysisRows.Grouping
  {
    if rows.data.sensitive.contains(where: { $0.name == name }) {
      return try AnalysisRows.grouping(
        AttributeReference([name]), rows.attributes, rows: rows.rows, at: pointer)
    }
    let column = try rows.dataset.column(name)
    let categories = column.isNumeric ? nil : try column.categories()
    var codes: [Int32]
    var names: [String]
    if let categories {
      (codes, names) = (categories.codes.array, categories.names.map(SensitiveAttribute.groupName))
    } else {
      let numbers = try column.doubles().array
      codes = ProxyStrength.quantileBins(numbers, count: bins)
      names = ranges(numbers, codes)
    }
    guard names.count <= 10_000 else {
      throw Failure.invalidConfig("\"\(name)\" has \(names.count) different values", at: pointer)
    }
    if codes.contains(-1) {
      codes = codes.map { $0 < 0 ? Int32(clamping: names.count) : $0 }
      names.append(SensitiveAttribute.missingGroup)
    }
    return AnalysisRows.Grouping(attribute: name, names: names, codes: codes)
  }

  /// "18" or "18 to 25": the minimum and the maximum of each bin.
  private func ranges(_ numbers: [Double], _ codes: [Int32]) -> [String] {
    func text(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? String(number) }
    let count = Int(codes.max() ?? -1) + 1
    var least = [Double](repeating: .infinity, count: count)
    var most = [Double](repeating: -.infinity, count: count)
    for (number, code) in zip(numbers, codes) where code >= 0 {
      least[Int(code)] = min(least[Int(code)], number)
      most[Int(code)] = max(most[Int(code)], number)
    }
    return zip(least, most).map { $0 == $1 ? text($0) : "\(text($0)) to \(text($1))" }
  }
}
