import Configurations
import Datasets
import Fairness
import Platform

extension DataChecksConfig {
  package func section(_ rows: AnalysisRows, _ notes: inout SectionNotes) throws -> JSONValue {
    for (name, _) in population.entries where !rows.groupings.contains(where: { $0.attribute == name }) {
      throw Failure.invalidConfig(
        "\"\(name)\" is not audited"
          + Suggestion.phrase(for: name, among: rows.groupings.map(\.attribute)),
        at: "/data_checks/population/\(name)")
    }
    let columns = try inspected(rows)
    let attributes = try rows.groupings.map { grouping -> JSONValue in
      var members: [JSONValue.Member] = [.init("attribute", .string(grouping.attribute))]
      members.append(.init("groups", groups(rows, grouping, &notes)))
      if let shares = population[grouping.attribute] {
        members.append(.init("representation", try representation(rows, grouping, shares, &notes)))
      }
      members.append(.init("missing", missing(rows, grouping, columns, &notes)))
      if proxies {
        // A sensitive column may be a proxy for other attributes, but not for the one that it defines.
        let own = Set(NameList.names(in: grouping.attribute))
        let others = columns.filter { !own.contains($0) }
        members.append(.init("proxies", try proxies(of: grouping, rows, others, &notes)))
      }
      return .object(members)
    }
    return ["rows": .integer(rows.rows), "attributes": .array(attributes)]
  }

  private func inspected(_ rows: AnalysisRows) throws -> [String] {
    for (index, name) in include.enumerated() where !rows.dataset.contains(name) {
      throw Failure.invalidConfig(
        "\"\(name)\" is not a column\(Suggestion.phrase(for: name, among: rows.dataset.names))",
        at: "/data_checks/include/\(index)")
    }
    // A sensitive column is not reported as a proxy, even if the model reads it.
    let sensitive = Set(rows.data.sensitive.map(\.name))
    let columns =
      try include.isEmpty
      ? rows.data.inputColumns(of: rows.dataset, mayBeNone: true).filter { !sensitive.contains($0) } : include
    return try columns.filter { name in
      if case .tensor = try rows.dataset.column(name).values { return false }
      return true
    }
  }

  /// The size and the label balance of each group.
  private func groups(
    _ rows: AnalysisRows, _ grouping: AnalysisRows.Grouping, _ notes: inout SectionNotes
  ) -> JSONValue {
    let isRegression = rows.task == .regression
    let classes = isRegression ? 1 : max(1, rows.classLabels.count)
    var counts = [[Double]](
      repeating: [Double](repeating: 0, count: classes), count: grouping.names.count)
    var sizes = [Int](repeating: 0, count: grouping.names.count)
    for row in 0..<rows.rows {
      let group = Int(grouping.codes[row])
      sizes[group] += 1
      let label = isRegression ? 0 : Int(exactly: rows.labels?[row] ?? 0) ?? 0
      if label < classes { counts[group][label] += rows.weights?[row] ?? 1 }
    }
    let total = counts.reduce(0) { $0 + $1.reduce(0, +) }
    return .array(
      grouping.names.enumerated().map { index, name in
        let place = "\(grouping.attribute) \"\(name)\""
        let own = counts[index]
        let weight = own.reduce(0, +)
        var members: [JSONValue.Member] = [
          .init("group", .string(name)), .init("count", .integer(sizes[index])),
        ]
        members += notes.object(
          ["share": total > 0 ? .defined(weight / total) : .undefined(reason: "no rows")], of: place)
        guard rows.labels != nil, !isRegression else { return .object(members) }
        if classes == 2 {
          members += notes.object(
            ["base_rate": weight > 0 ? .defined(own[1] / weight) : .undefined(reason: "no rows")], of: place)
        }
        let others = (0..<classes).map { label in
          counts.indices.reduce(0.0) { $1 == index ? $0 : $0 + counts[$1][label] }
        }
        let found = LabelImbalance(group: own, others: others)
        members += notes.object(["class_imbalance": found.classImbalance], of: place)
        if classes == 2 {
          members += notes.object(
            ["difference_in_proportions_of_labels": found.differenceInProportions], of: place)
        }
        members += notes.object(
          [
            "kullback_leibler": found.kullbackLeibler, "jensen_shannon": found.jensenShannon,
            "lp_norm": found.euclidean, "total_variation": found.totalVariation,
          ], of: place)
        return .object(members)
      })
  }

  private func representation(
    _ rows: AnalysisRows, _ grouping: AnalysisRows.Grouping, _ shares: ConfigMap<Double>,
    _ notes: inout SectionNotes
  ) throws -> JSONValue {
    let pointer = "/data_checks/population/\(grouping.attribute)"
    for (group, share) in shares.entries where !(share >= 0) {
      throw Failure.invalidConfig("\(share) is not a share; 0 or more is accepted", at: "\(pointer)/\(group)")
    }
    // Groups of the population that have no row are counted too.
    let absent = shares.entries.map(\.key).filter { !grouping.names.contains($0) }
    let names = grouping.names + absent
    var counts = [Double](repeating: 0, count: names.count)
    for row in 0..<rows.rows { counts[Int(grouping.codes[row])] += rows.weights?[row] ?? 1 }
    let found = Representation(counts: counts, reference: names.map { shares[$0] })
    let groups = names.enumerated().map { index, name -> JSONValue in
      var members: [JSONValue.Member] = [
        .init("group", .string(name)),
        .init("population_share", shares[name].map { .finite($0) } ?? .null),
      ]
      members += notes.object(
        ["share": found.shares[index], "ratio": found.ratios[index]],
        of: "the representation of \(grouping.attribute) \"\(name)\"")
      return .object(members)
    }
    return .object(
      [.init("groups", .array(groups))]
        + notes.object(
          [
            "chi_square": found.chiSquare, "p_value": found.pValue,
            "total_variation": found.totalVariation,
          ],
          of: "the representation of \(grouping.attribute)")
        + [.init("degrees_of_freedom", .integer(found.degreesOfFreedom))])
  }

  /// The share of missing values by group, for each column with missing values; the most unequal column
  /// first.
  private func missing(
    _ rows: AnalysisRows, _ grouping: AnalysisRows.Grouping, _ columns: [String],
    _ notes: inout SectionNotes
  ) -> JSONValue {
    var found: [(difference: Double, json: JSONValue)] = []
    for name in columns {
      guard let column = try? rows.dataset.column(name), column.missingCount > 0 else { continue }
      var sums = [(missing: Double, all: Double)](repeating: (0, 0), count: grouping.names.count)
      for row in 0..<rows.rows {
        let weight = rows.weights?[row] ?? 1
        sums[Int(grouping.codes[row])].all += weight
        if column.isMissing(row) { sums[Int(grouping.codes[row])].missing += weight }
      }
      let shares = sums.map { $0.all > 0 ? $0.missing / $0.all : Double.nan }
      let defined = shares.filter { !$0.isNaN }
      let difference = (defined.max() ?? 0) - (defined.min() ?? 0)
      found.append(
        (
          difference,
          [
            "column": .string(name), "difference": .finite(difference),
            "groups": .object(zip(grouping.names, shares).map { .init($0, .finite($1)) }),
          ]
        ))
    }
    return .array(
      found.enumerated().sorted {
        ($1.element.difference, $0.offset) < ($0.element.difference, $1.offset)
      }.map(\.element.json))
  }
}
