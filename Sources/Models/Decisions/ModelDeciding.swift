import Configurations
import Datasets
import Fairness
import Platform

extension Model {
  /// The scores of a dataset's rows after the adjustments, and the decisions.
  ///
  /// - Parameters:
  ///   - scores: the unchanged scores of the scorer, for one label per row.
  ///   - task: the task of the scores; nil: there are no decisions.
  ///   - threshold: a threshold for all rows that replaces the adjusted decisions; nil: as the model decides.
  ///   - origin: the dataset with the keys of random decisions, if it is not `dataset`.
  /// - Throws: `invalidData` if the dataset lacks a column of groups or keys, or has a group that is refused.
  package func decided(
    _ scores: Buffer<Float>, of dataset: Dataset, task: Fairness.Task?, threshold: Double? = nil,
    keysOf origin: Dataset? = nil
  ) throws -> DecidedRows {
    let rule = threshold.map { decision.deciding(at: $0) } ?? decision
    let groups = rule.readsGroups ? try adjustments.groups(of: dataset, for: rule) : nil
    let keys = rule.draws && task != .regression ? try self.keys(of: origin ?? dataset) : nil
    let shares = try rule.readsShares ? adjustments.probabilities?.probabilities(of: dataset) : nil
    return try withExtendedLifetime((groups, keys, shares)) {
      try DecidedRows(
        scores, rows: dataset.rows, task: task, rule,
        RowGroups(
          groups.map { UnsafePointer($0.pointer) }, attributes: adjustments.attributes.count,
          shares: shares.map { UnsafePointer($0.pointer) }),
        keys: keys.map { UnsafePointer($0.pointer) })
    }
  }

  private func keys(of dataset: Dataset) throws -> Buffer<UInt64> {
    if let key = adjustments.key { return try RowKeys.keys(of: dataset, in: key) }
    return try RowKeys.keys(of: dataset, among: inputNames)
  }
}

extension ModelAdjustments {
  /// The code of each row's group by each attribute, row-major (rows, attributes); -1 for an unknown group.
  ///
  /// - Throws: `invalidData` if a column is absent, or a group is unknown and refused.
  func groups(of dataset: Dataset, for rule: DecisionRule) throws -> Buffer<Int32> {
    let codes = try Buffer<Int32>(count: dataset.rows * attributes.count, for: "groups")
    let read = Set(rule.adjustments.compactMap(\.attribute))
    for (place, attribute) in attributes.enumerated() where read.contains(place) {
      let own = try attribute.groups(of: dataset)
      for row in 0..<dataset.rows { codes.pointer[row * attributes.count + place] = own.pointer[row] }
    }
    return codes
  }
}

extension AdjustedAttribute {
  /// The code of each row's group; -1 for an unknown group.
  package func groups(of dataset: Dataset) throws -> Buffer<Int32> {
    for column in columns where !dataset.contains(column.name) && column.lexicon.isEmpty {
      throw Failure.invalidColumn(
        column.name, "is missing, but the model decides by its groups (\(NameList.joined(groups)))")
    }
    var data = DataConfig()
    data.sensitive = columns.filter { !dataset.contains($0.name) }
    let found = try SensitiveAttributes(dataset.addingLexicons(data).dataset, columns)
      .dense(reference, rows: dataset.rows, at: "")
    let numbers = Dictionary(
      zip(groups, 0...).map { ($0, Int32(clamping: $1)) }, uniquingKeysWith: { first, _ in first })
    let places = found.names.map { numbers[$0] ?? -1 }
    let codes = try Buffer<Int32>(count: dataset.rows, for: "groups")
    for row in 0..<dataset.rows {
      codes.pointer[row] = places[Int(found.codes.pointer[row])]
      guard refusesUnknown, codes.pointer[row] < 0 else { continue }
      let name = found.names[Int(found.codes.pointer[row])]
      throw Failure.invalidColumn(
        reference.label,
        "row \(row) has the group \"\(name.excerpt)\", which the model does not know (it knows "
          + "\(NameList.joined(groups).excerpt)); \"unknown_group\": \"pooled\" accepts others")
    }
    return codes
  }
}
