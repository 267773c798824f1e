import Configurations
import Datasets
import Fairness
import Models
import Platform
import Prediction

/// The labels, groups and weights of a dataset, prepared for audits of different scores on it.
package struct Evaluation {
  package let labels: Labels
  /// Whether the rows have labels; if not, `labels` are the decisions, or have no rows.
  let hasLabels: Bool
  package let attributes: SensitiveAttributes
  package let groupings: [Grouping]
  /// The attributes of `groupings`, in the same order.
  package let references: [AttributeReference]
  package let weights: Buffer<Double>?
  private(set) var options: AuditOptions
  /// The number of rows.
  let rows: Int
  private let conditional: [Grouping]

  /// - Parameters:
  ///   - model: the model whose decisions are audited; nil: the dataset has another system's decisions.
  ///   - classes: without a model, the classes of earlier rows; empty: the classes are read from the dataset.
  /// - Throws: the errors of `Labels`; `invalidConfig` if there are neither labels nor decisions.
  package init(
    _ dataset: Dataset, _ data: DataConfig, _ selection: AuditSelection, task: TaskChoice,
    model: Model? = nil,
    known: Fairness.Task? = nil, classes: [String] = []
  ) throws {
    let known = model?.task ?? known
    let own = model?.classLabels ?? []
    let classes = own.isEmpty ? classes : own
    var reading = Labels.Reading()
    reading.mayLackPositive = true
    reading.isModel = model != nil
    if data.label == nil {
      let labels = try Self.undecided(dataset, data, task, model, known, classes, reading)
      try self.init(dataset, data, selection, labels: labels, hasLabels: false)
      return
    }
    if model == nil { reading.decisions = try data.prediction.map { try dataset.column($0) } }
    let labels = try Labels(dataset, data, choice: task, known: known, classes: classes, reading: reading)
    try self.init(dataset, data, selection, labels: labels)
  }

  /// Replaces missing labels: by the decisions of the dataset, or by the classes without rows.
  private static func undecided(
    _ dataset: Dataset, _ data: DataConfig, _ choice: TaskChoice, _ model: Model?, _ known: Fairness.Task?,
    _ classes: [String], _ reading: Labels.Reading
  ) throws -> Labels {
    if let model {
      guard let task = model.task ?? choice.task else {
        throw Failure.invalidConfig(
          "without a label the task of the model's outputs is not known; binary or regression is accepted",
          at: "/task"
        )
      }
      return try Labels(
        absent: task, classes: classes.isEmpty && task == .binary ? ["0", "1"] : classes, data, isModel: true)
    }
    if let name = data.prediction {
      var meaning = data
      meaning.label = name
      var reading = reading
      reading.role = .decision
      return try Labels(dataset, meaning, choice: choice, known: known, classes: classes, reading: reading)
    }
    guard data.score != nil else {
      throw Failure.invalidConfig(
        "no column is named as the label, and none as decisions or scores", at: "/data/label")
    }
    let task = choice.task ?? known ?? .binary
    return try Labels(
      absent: task, classes: task == .binary ? (classes.isEmpty ? ["0", "1"] : classes) : [], data,
      isModel: false)
  }

  package init(
    _ dataset: Dataset, _ data: DataConfig, _ selection: AuditSelection, labels: Labels,
    hasLabels: Bool = true
  ) throws {
    self.labels = labels
    self.hasLabels = hasLabels
    rows = dataset.rows
    attributes = try SensitiveAttributes(dataset, data.sensitive)
    let by = selection.by.isEmpty ? attributes.each : selection.by
    let attributes = attributes
    references = by
    groupings = try by.enumerated().map { try attributes.grouping($1, at: "/by/\($0)") }
    weights = try Self.weights(dataset, data.weight)
    let conditions = try selection.conditionalOn.map {
      try Groups(dataset, $0).grouping(named: AuditOptions.condition($0))
    }
    conditional = conditions.isEmpty ? [] : groupings.map { .intersection([$0] + conditions) }
    options = AuditOptions(selection, data)
    options.positive = labels.positive
  }

  /// A copy without intervals and tests, for audits that are not reported.
  package var quick: Evaluation {
    var quick = self
    quick.options.uncertainty = nil
    return quick
  }

  /// - Throws: `invalidData` for a missing, negative or infinite weight.
  package static func weights(_ dataset: Dataset, _ column: String?) throws -> Buffer<Double>? {
    guard let name = column else { return nil }
    let weights = try dataset.column(name).doubles()
    for row in 0..<weights.count where !(weights.pointer[row] >= 0 && weights.pointer[row].isFinite) {
      throw Failure.invalidColumn(
        name, "row \(row): \(weights.pointer[row]) is not a weight")
    }
    return weights
  }

  /// - Throws: `invalidData` for a missing or infinite score.
  private static func requireFinite<Number: BinaryFloatingPoint>(_ numbers: Buffer<Number>, _ name: String)
    throws
  {
    for row in 0..<numbers.count where !numbers.pointer[row].isFinite {
      throw Failure.invalidColumn(
        name,
        "row \(row): \(numbers.pointer[row].isNaN ? "a missing value" : "an infinite value") is not a score")
    }
  }

  private var task: AuditTask {
    switch labels.task {
    case .binary: .binary
    case .multiclass: .multiclass(classes: labels.classes)
    case .regression: .regression
    }
  }

  /// Audits the rows that have an answer; how many have none is a section of the result.
  ///
  /// - Parameter decided: the scores, (rows) or (rows, classes): probabilities, or values; and the decisions.
  package func audit(_ decided: DecidedRows) throws -> AuditResult {
    let answered = try rows(decided)
    try requireAnswers(answered)
    var result = try Audit.run(answered, options)
    if hasLabels { result.notes += labels.readings }
    result.notes += attributes.notes
    try addAbstention(decided.decisions, to: &result)
    return result
  }

  /// Audits another system's decisions or scores in the dataset.
  ///
  /// - Parameter threshold: nil: scores must be probabilities, and the threshold is 0.5.
  package func audit(decisionsOf dataset: Dataset, _ data: DataConfig, threshold: Double?) throws
    -> AuditResult
  {
    let decided = try rows(decidedIn: dataset, data, threshold: threshold)
    try requireAnswers(decided.rows)
    var result = try Audit.run(decided.rows, options)
    result.notes += decided.notes
    try addAbstention(decided.partial, to: &result)
    return result
  }

  /// The tests of the changes between two models' decisions on the same rows; nil for regressions, weighted
  /// rows and withheld decisions, for which there are no tests.
  package func changes(from before: DecidedRows, to after: DecidedRows) throws -> JSONValue? {
    guard weights == nil, hasLabels, before.answered == nil, after.answered == nil else { return nil }
    let (first, second) = (try audited(before), try audited(after))
    guard case .classes(let labels, let old, _) = first.outcome, case .classes(_, let new, _) = second.outcome
    else { return nil }
    return try PairedComparison.changes(
      count: rows, task: task, labels: labels, before: old, after: new, groupings: groupings,
      dropping: options.dropsMissing)
  }

  /// The answered rows with a model's decisions, notes on how labels were read, and the number of rows without an
  /// answer.
  ///
  /// - Parameter threshold: nil: the model's threshold.
  /// - Throws: `invalidConfig` if the model's outputs do not fit the labels; the errors of the prediction.
  package func rows(of dataset: Dataset, _ data: DataConfig, decidedBy model: Model, threshold: Double?)
    throws -> (
      rows: AuditRows, notes: [String], withheld: Int
    )
  {
    try requireScores(of: model, fit: labels)
    let inputs = try model.inputs(of: dataset, include: data.include, data: data)
    let scores = try model.scores(inputs, task: labels.task)
    let decided = try model.decided(scores, of: dataset, task: labels.task, threshold: threshold)
    let withheld = decided.answered.map { dataset.rows - $0.count } ?? 0
    return (try rows(decided), hasLabels ? labels.readings : [], withheld)
  }

  private func rows(_ decided: DecidedRows) throws -> AuditRows {
    var rows = try audited(decided)
    rows.conditional = conditional
    return try decided.answered.map { try rows.selecting($0) } ?? rows
  }

  /// - Throws: `invalidData` if no row has an answer.
  private func requireAnswers(_ answered: AuditRows) throws {
    guard answered.count > 0 || rows == 0 else {
      throw Failure.invalidData("no row has an answer, so that there is nothing to measure")
    }
  }

  private func audited(_ decided: DecidedRows) throws -> AuditRows {
    let weights = weights.map { UnsafePointer($0.pointer) }
    guard labels.task != .regression, let decisions = decided.decisions else {
      let predictions = try Buffer<Double>(count: rows, for: "predictions")
      for row in 0..<rows { predictions.pointer[row] = Double(decided.scores.pointer[row]) }
      return try values(predictions)
    }
    let codes = CodeColumn(decisions)
    var result = try AuditRows(
      count: rows, task: task, labels: hasLabels ? labels.codes() : codes, decisions: codes,
      scores: labels.task == .binary ? RealColumn(decided.scores) : nil, weights: weights,
      groupings: groupings,
      owner: self.weights)
    result.hasLabels = hasLabels
    return result
  }

  /// The rows of a regression.
  private func values(_ predictions: Buffer<Double>) throws -> AuditRows {
    var result = try AuditRows(
      count: rows, labels: RealColumn(hasLabels ? labels.doubles() : predictions),
      predictions: RealColumn(predictions), weights: weights.map { UnsafePointer($0.pointer) },
      groupings: groupings, owner: weights)
    result.hasLabels = hasLabels
    return result
  }

  /// The answered rows with another system's decisions or scores from the dataset, notes on how they were read, and
  /// the decisions of all rows if some have no answer.
  package func rows(decidedIn dataset: Dataset, _ data: DataConfig, threshold: Double?) throws -> (
    rows: AuditRows, notes: [String], partial: Buffer<Int32>?
  ) {
    let partial = try hasLabels ? partialDecisions(dataset, data) : nil
    var found = try decided(in: dataset, data, threshold: threshold, partial)
    found.rows.conditional = conditional
    guard let partial else { return (found.rows, found.notes, nil) }
    let answered = (0..<partial.count).filter { partial.pointer[$0] >= 0 }
    return (try found.rows.selecting(answered), found.notes, partial)
  }

  /// The decisions of a column in which a missing value means that there is no answer; nil if there is none.
  private func partialDecisions(_ dataset: Dataset, _ data: DataConfig) throws -> Buffer<Int32>? {
    guard data.missingPredictions == .abstained, labels.task != .regression, let name = data.prediction
    else { return nil }
    let column = try dataset.column(name)
    guard column.missingCount > 0 else { return nil }
    let decisions = try Buffer<Int32>(count: rows, for: "decisions")
    let present = (0..<rows).filter { !column.isMissing($0) }
    for row in 0..<rows { decisions.pointer[row] = DecisionRule.noAnswer }
    guard !present.isEmpty else { return decisions }
    let own = try labels.decisions(dataset.selecting(rows: present), name, data).classNumbers()
    for (place, row) in present.enumerated() { decisions.pointer[row] = own.pointer[place] }
    return decisions
  }

  /// - Parameter partial: the decisions of all rows if some have no answer.
  private func decided(
    in dataset: Dataset, _ data: DataConfig, threshold: Double?, _ partial: Buffer<Int32>?
  ) throws -> (
    rows: AuditRows, notes: [String]
  ) {
    guard data.prediction != nil || data.score != nil else {
      throw Failure.invalidConfig(
        "without a model, \"prediction\" or \"score\" names the column of another system's decisions or scores",
        at: "/data")
    }
    var notes = labels.readings + attributes.notes
    let scores = try data.score.map { name in
      let scores = try dataset.column(name).doubles()
      try Self.requireFinite(scores, name)
      return scores
    }
    if case .regression = labels.task {
      let name = data.prediction ?? data.score ?? ""
      let predictions = try dataset.column(name).doubles()
      try Self.requireFinite(predictions, name)
      return (try values(predictions), notes)
    }
    if let name = data.score, let scores, labels.task == .binary,
      let note = try ScoreScale(scores, name).note(threshold: threshold, decides: data.prediction == nil)
    {
      notes.append(note)
    }
    let decisions: CodeColumn
    if let partial {
      decisions = CodeColumn(partial)
    } else if let name = data.prediction {
      if hasLabels {
        let predicted = try labels.decisions(dataset, name, data)
        notes += predicted.readings
        decisions = try predicted.codes()
      } else {
        decisions = try labels.codes()
      }
    } else if let scores, labels.task == .binary {
      let positive = try Buffer<UInt8>(count: rows, for: "decisions")
      let rule = DecisionRule(threshold: threshold ?? 0.5)
      for row in 0..<rows { positive.pointer[row] = rule.isPositive(scores.pointer[row]) ? 1 : 0 }
      decisions = CodeColumn(positive)
    } else {
      throw Failure.invalidConfig("several classes need a column of decisions", at: "/data/prediction")
    }
    var result = try AuditRows(
      count: rows, task: task, labels: hasLabels ? labels.codes() : decisions, decisions: decisions,
      scores: labels.task == .binary ? scores.map { RealColumn($0) } : nil,
      weights: weights.map { UnsafePointer($0.pointer) }, groupings: groupings, owner: weights)
    result.hasLabels = hasLabels
    return (result, notes)
  }
}

extension AuditOptions {
  init(_ selection: AuditSelection, _ data: DataConfig) {
    self.init(
      metrics: selection.metrics.isEmpty
        ? nil : selection.metrics + Self.names(selection.policy, selection.statistics),
      zeroDivision: selection.zeroDivision == .zero ? .zero : .undefined,
      referenceGroups: Dictionary(
        selection.reference.entries.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }))
    compareWith = selection.compareWith
    conditionalOn = selection.conditionalOn.map(AuditOptions.condition)
    dropsMissing = Set(data.sensitive.filter { $0.missing == .drop }.map(\.name))
    minimumCount = selection.minimumCount
    minimumShare = selection.minimumShare
    costs = selection.costs
    ratios = selection.statistics.map(\.ratio)
    curves = selection.curves
    uncertainty = UncertaintyOptions(selection.intervals, selection.tests, policy: selection.policy)
  }

  /// The metrics that a policy needs in addition to the listed ones.
  private static func names(_ policy: PolicyConfig?, _ statistics: [StatisticConfig]) -> [String] {
    let known = Metric.all.map(\.name) + FairnessMeasure.all.map(\.name) + statistics.map(\.name)
    return (policy?.rules ?? []).flatMap { $0.metrics(among: known) }
  }

  /// A different name, because the column may also be an attribute with other bins.
  static func condition(_ column: SensitiveColumn) -> String { "within \(column.name)" }
}
