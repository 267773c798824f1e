import Auditing
import Configurations
import Datasets
import Fairness
import Models
import Platform

/// Learns the methods in their order; each reads the scores that the methods before it produced.
struct DecisionFitting {
  let rows: AdjustingRows
  /// The scores after the methods learnt so far, (rows, width).
  private(set) var scores: [Float]
  private(set) var adjustments = ModelAdjustments()
  /// The report's entry for each method.
  private(set) var entries: [JSONValue] = []
  private(set) var notes: [String] = []
  /// The columns that the model reads, for the keys of random decisions.
  private let inputNames: [String]
  private let threshold: Double
  private let attributes: SensitiveAttributes
  /// The code of each row's group, by attribute in the order of the adjustments.
  private(set) var groupCodes: [[Int32]] = []

  /// - Parameter threshold: the threshold of the model.
  init(_ rows: AdjustingRows, inputNames: [String], threshold: Double) throws {
    self.rows = rows
    self.inputNames = inputNames
    self.threshold = threshold
    scores = rows.scores.array
    attributes = try SensitiveAttributes(rows.dataset, rows.data.sensitive)
  }

  /// - Throws: `invalidConfig` below `pointer`; `invalidData` if the rows do not suffice for a method;
  ///   `unsupported` for a method that does not support the task; `cancelled`.
  mutating func fit(_ methods: [AdjustmentConfig], at pointer: String) throws {
    for (index, config) in methods.enumerated() {
      try HostCall.report("adjust", index, of: methods.count)
      let place = "\(pointer)/\(index)"
      switch config {
      case .thresholds(let own): try fit(own, at: place)
      case .minimumRates(let own): try fit(own, at: place)
      case .rejectOption(let own): try fit(own, at: place)
      case .calibration(let own): try fit(own, at: place)
      case .scoreRepair(let own): try fit(own, at: place)
      case .calibratedOdds(let own): try fit(own, at: place)
      case .abstention(let own): try fit(own, at: place)
      case .conformal(let own): try fit(own, at: place)
      case .reranking(let own): try fit(own, at: place)
      }
    }
  }

  /// The decision rule learnt so far.
  var rule: DecisionRule { DecisionRule(threshold: threshold, adjustments: adjustments.deciding) }

  // MARK: What methods share

  /// Sets the columns with the probabilities of groups.
  mutating func setProbabilities(_ columns: GroupColumns) { adjustments.probabilities = columns }

  /// Sets the column of the queries within which rows are ranked.
  mutating func setQuery(_ name: String?) { adjustments.query = name }

  /// Sets the columns of the predicted quantiles that intervals are computed from.
  mutating func setQuantiles(_ names: [String]) { adjustments.quantiles = names }

  mutating func note(_ sentence: String) { if notes.count < 50 { notes.append(sentence) } }

  /// The groups of an attribute; groups with too few rows are treated like unknown ones.
  ///
  /// - Parameter reference: nil: the first sensitive attribute.
  mutating func groups(
    by reference: AttributeReference?, minimum: Int, unknown: UnknownGroup, at pointer: String
  ) throws -> AdjustedGroups {
    guard let reference = reference ?? rows.data.sensitive.first.map({ AttributeReference([$0.name]) }) else {
      throw Failure.invalidConfig(
        "no attribute is named, and \"sensitive\" of \"data\" is empty", at: pointer + "/attribute")
    }
    let found = try AnalysisRows.grouping(reference, attributes, rows: rows.count, at: pointer + "/attribute")
    var columns: [SensitiveColumn] = []
    for name in reference.names {
      guard var column = rows.data.sensitive.first(where: { $0.name == name }) else { continue }
      if !column.lexicon.isEmpty { column.text = column.text ?? rows.data.text }
      columns.append(column)
    }
    var (names, codes) = (found.names, found.codes)
    // For a single attribute, rows with a missing value may be configured to have no group. In an
    // intersection, missing values are a value.
    if columns.count == 1, columns[0].missing == .drop, names.last == SensitiveAttribute.missingGroup {
      names.removeLast()
      codes = codes.map { $0 == Int32(names.count) ? -1 : $0 }
    }
    let attribute = AdjustedAttribute(columns: columns, groups: names, refusesUnknown: unknown == .refuse)
    let place: Int
    if let known = adjustments.attributes.firstIndex(of: attribute) {
      place = known
    } else {
      place = adjustments.attributes.count
      adjustments.attributes.append(attribute)
      groupCodes.append(codes)
    }
    var members = [[Int]](repeating: [], count: names.count)
    for (row, code) in codes.enumerated() where code >= 0 { members[Int(code)].append(row) }
    let exclusions = zip(names, members).map { name, own -> String? in
      own.count < minimum ? "it has \(own.count) rows, fewer than \(minimum)" : nil
    }
    let groups = AdjustedGroups(
      place: place, attribute: attribute, codes: codes, members: members, exclusions: exclusions)
    guard !groups.own.isEmpty else {
      throw Failure.invalidData(
        "no group of \"\(reference.label)\" has \(minimum) rows; \"minimum_count\" may be smaller",
        at: reference.label)
    }
    return groups
  }

  /// Notes which groups are treated like unknown ones, and why.
  mutating func noteExclusions(_ groups: AdjustedGroups) {
    for (name, reason) in zip(groups.attribute.groups, groups.exclusions) {
      guard let reason else { continue }
      note(
        "\(groups.attribute.reference.label): the group \"\(name.excerpt)\" is treated like an unknown group: \(reason)"
      )
    }
  }

  /// Appends a learnt step and its report entry, and applies the step to the scores.
  mutating func add(_ adjustment: Adjustment, _ entry: [JSONValue.Member], _ groups: AdjustedGroups?) throws {
    adjustments.steps.append(adjustment)
    var members = entry
    if let groups {
      members.append(
        .init(
          "groups",
          .array(
            zip(groups.attribute.groups, zip(groups.members, groups.exclusions)).map { name, group in
              [
                "group": .string(name), "rows": .integer(group.0.count),
                "unknown_because": group.1.map { .string($0) } ?? .null,
              ]
            })))
    }
    entries.append(.object(members + [.init("learnt", adjustment.json)]))
    guard adjustment.stage == .scores else { return }
    let alone = DecisionRule(
      threshold: threshold,
      adjustments: [Adjustment(attribute: adjustment.attribute.map { _ in 0 }, adjustment.change)])
    let codes = groups?.codes ?? []
    let width = rows.width
    let keys = try adjustment.draws ? self.keys() : nil
    scores.withUnsafeMutableBufferPointer { scores in
      codes.withUnsafeBufferPointer { codes in
        guard let base = scores.baseAddress else { return }
        alone.adjust(
          base, rows: rows.count, width: width,
          groups == nil ? .none : RowGroups(codes.baseAddress, attributes: 1),
          keys: keys.map { UnsafePointer($0.pointer) })
      }
    }
  }

  /// Sets the keys of random decisions.
  ///
  /// - Throws: `invalidConfig` if `key` is not a column, or an earlier method draws by another, or rows cannot be
  ///   distinguished without one.
  mutating func drawing(by key: String?, at pointer: String) throws {
    if let key {
      guard rows.dataset.contains(key) else {
        throw Failure.invalidConfig(
          "\"\(key)\" is not a column\(Suggestion.phrase(for: key, among: rows.dataset.names))", at: pointer)
      }
      if let other = adjustments.key ?? (drawsByInputs ? "" : nil), other != key {
        throw Failure.invalidConfig(
          "an earlier method draws by \(other.isEmpty ? "the columns that the model reads" : "\"\(other)\""); all draws have one key",
          at: pointer)
      }
      adjustments.key = key
      return
    }
    guard !inputNames.isEmpty else {
      throw Failure.invalidConfig(
        "the model does not name the columns that it reads; \"key\" names one that identifies a row",
        at: pointer)
    }
  }

  /// Whether a method learnt so far draws by keys computed from the columns that the model reads.
  private var drawsByInputs: Bool { adjustments.key == nil && adjustments.steps.contains(where: \.draws) }

  /// The keys of random draws, as for predictions (`RowKeys`).
  func keys() throws -> Buffer<UInt64> {
    if let key = adjustments.key { return try RowKeys.keys(of: rows.dataset, in: key) }
    return try RowKeys.keys(of: rows.dataset, among: inputNames)
  }

  /// The curves of the groups with their own rule, and the curve of all rows.
  func curves(_ labels: [Bool], _ groups: AdjustedGroups) throws -> (
    own: [ThresholdCurve], all: ThresholdCurve
  ) {
    (
      try groups.own.map { try curve(of: groups.members[$0], labels) },
      try curve(of: Array(labels.indices), labels)
    )
  }

  func curve(of members: [Int], _ labels: [Bool]) throws -> ThresholdCurve {
    try ThresholdCurve(
      scores: members.map { scores[$0] }, labels: members.map { labels[$0] },
      weights: rows.weights.map { weights in members.map { weights[$0] } })
  }
}
