import Configurations
import Datasets
import Fairness
import Models
import Platform

/// An audit in parts: rows are added in batches, and auditors of other processes and machines can be merged.
/// The memory depends on the number of groups, not on the number of rows. Safe to share between threads;
/// calls are serialized.
///
/// Counts and sums add up exactly. Scores are stored as histograms (`score_bins`), so metrics of ranks and
/// distributions have an error, which the report bounds.
public final class Auditor {
  private let config: AuditConfig
  private let data: DataConfig
  private let lock = Lock()
  private var state = State()

  private struct State {
    var sums: AuditSums?
    /// The task; known after the first batch.
    var task: Fairness.Task?
    var classes: [String] = []
    /// Which label counts as positive.
    var positive: PositiveLabel?
    /// Notes on values that were interpreted as another spelling of a class, and on rows left out because
    /// they have no label.
    var notes: [String] = []
    var withoutLabel = 0
    /// The number of rows without an answer.
    var withoutAnswer = 0
    var batches = 0

    /// Adds notes that are not there yet, at most 50.
    mutating func add(_ more: [String]) {
      for note in more where notes.count < 50 && !notes.contains(note) { notes.append(note) }
    }
  }

  /// - Throws: `invalidConfig` if the configuration names no columns; `unsupported` (location: the key) for
  ///   options that need all rows at once.
  public init(_ config: AuditConfig) throws {
    guard let data = config.data else {
      throw Failure.invalidConfig(
        "\"data\" is missing: the sensitive columns and the decisions or scores are needed, and labels where there are any",
        at: "/data")
    }
    try config.requireSums()
    self.config = config
    self.data = data
  }

  /// Adds the rows of a batch; after a failure the auditor is unchanged.
  ///
  /// - Parameter model: makes the decisions; nil: the configuration names the column with another system's
  ///   decisions or scores.
  /// - Throws: `invalidData` for rows that do not fit; `invalidConfig` if there are no decisions;
  ///   `unsupported` for too many groups, and for a model with several labels or of words; `outOfMemory`.
  public func update(_ batch: Dataset, decidedBy model: Model? = nil) throws {
    if let model, model.answer == .labels || model.answer == .words {
      throw Failure.unsupported(
        "an auditor counts rows with one label; ask eqp_audit for a model of several labels or of words",
        at: "model")
    }
    guard batch.rows > 0 else { return }
    try Memory.requireRoom(forRows: batch.rows, for: "auditing rows")
    try lock.withLock {
      let (batch, withoutLabel) = try batch.addingLexicons(data).dataset.leavingOutUnlabelled(data)
      guard batch.rows > 0 else {
        state.withoutLabel += withoutLabel
        return
      }
      if model == nil, let name = data.score {
        try ScoreScale(batch.column(name).doubles(), name).requireProbabilities()
      }
      let evaluation = try Evaluation(
        batch, data, config.selection, task: config.task, model: model, known: state.task,
        classes: state.classes)
      let (rows, notes, withheld) = try answers(of: batch, evaluation, decidedBy: model)
      guard let rows else {
        state.withoutLabel += withoutLabel
        state.withoutAnswer += withheld
        state.batches += 1
        return
      }
      var next = try AuditSums(
        rows, ranked: false, bins: rows.task == .binary ? config.scoreBins : 0,
        blocks: evaluation.options.uncertainty != nil, firstRow: state.sums?.rows ?? 0)
      if let sums = state.sums {
        var all = sums
        try all.merge(next)
        next = all
      }
      state.sums = next
      state.task = evaluation.labels.task
      state.classes = evaluation.labels.classes
      state.positive = evaluation.labels.positive
      state.add(notes)
      state.withoutLabel += withoutLabel
      state.withoutAnswer += withheld
      state.batches += 1
    }
  }

  /// The rows with an answer, and the number of those without; no rows if none of the batch has one.
  private func answers(of batch: Dataset, _ evaluation: Evaluation, decidedBy model: Model?) throws -> (
    rows: AuditRows?, notes: [String], withheld: Int
  ) {
    if let model {
      let found = try evaluation.rows(of: batch, data, decidedBy: model, threshold: config.threshold)
      return (found.rows.count > 0 ? found.rows : nil, found.notes, found.withheld)
    }
    let found = try evaluation.rows(decidedIn: batch, data, threshold: config.threshold)
    return (found.rows.count > 0 ? found.rows : nil, found.notes, batch.rows - found.rows.count)
  }

  /// Adds the batches of a stream; batches before a failure remain added.
  ///
  /// - Throws: the errors of `update` and of the stream.
  public func update(_ stream: ArrowStream) throws {
    while let batch = try stream.next() { try update(batch) }
  }

  /// Adds the rows of another auditor with the same configuration.
  ///
  /// - Throws: `invalidArgument` if the two do not fit together.
  public func merge(_ other: Auditor) throws {
    try requireAlike(other)
    let more = other.lock.withLock { other.state }
    guard let moreSums = more.sums else { return }
    try lock.withLock {
      guard let sums = state.sums else {
        state = more
        return
      }
      let classes = try joinedClasses(with: more)
      var all = sums
      try all.merge(moreSums)
      state.sums = all
      state.classes = classes
      if state.positive?.other == nil { state.positive = more.positive }
      state.add(more.notes)
      state.withoutLabel += more.withoutLabel
      state.withoutAnswer += more.withoutAnswer
      state.batches += more.batches
    }
  }

  /// Removes the rows of another auditor with the same configuration; this auditor must have all of them.
  /// After a failure the auditor is unchanged.
  ///
  /// - Throws: `invalidArgument` if it does not have them, or the two do not fit together; `unsupported` if
  ///   rows are stored in blocks (for intervals of weighted rows and regressions).
  public func subtract(_ other: Auditor) throws {
    try requireAlike(other)
    let less = other.lock.withLock { other.state }
    guard let lessSums = less.sums else { return }
    try lock.withLock {
      guard let sums = state.sums else {
        throw Failure.invalidArgument(
          "the auditor has no rows, and the other one \(lessSums.rows)", at: "other")
      }
      _ = try joinedClasses(with: less)
      let left = try sums.subtracting(lessSums)
      state.sums = left.rows > 0 ? left : nil
      state.withoutLabel = max(0, state.withoutLabel - less.withoutLabel)
      state.withoutAnswer = max(0, state.withoutAnswer - less.withoutAnswer)
      state.batches = max(0, state.batches - less.batches)
    }
  }

  private func requireAlike(_ other: Auditor) throws {
    let (own, others) = (config.encoded, other.config.encoded)
    if let key = Self.counted.first(where: { own[$0] != others[$0] }) {
      throw Failure.invalidArgument(
        "auditors whose configurations differ in \"\(key)\" count differently and cannot be merged",
        at: "other"
      )
    }
  }

  /// The merged classes of two auditors; one of them may not have seen the negative class yet.
  private func joinedClasses(with other: State) throws -> [String] {
    let (own, others) = (state.classes, other.classes)
    guard own.count == others.count,
      zip(own, others).allSatisfy({ $0.isEmpty || $1.isEmpty || LabelSpelling.areAlike($0, $1) })
    else {
      throw Failure.invalidArgument(
        "auditors of different classes (\(own.joined(separator: ", ")); \(others.joined(separator: ", "))) cannot be "
          + "merged; name the positive class in \"data\"", at: "other")
    }
    return zip(own, others).map { $0.isEmpty ? $1 : $0 }
  }

  /// The keys of a configuration that determine the sums; the other keys only affect the report.
  private static let counted = ["task", "data", "by", "threshold", "score_bins", "conditional_on"]

  /// - Throws: `invalidData` if there are no rows yet; `invalidConfig` for an unknown metric or reference
  ///   group.
  public func report() throws -> JSONValue {
    let state = lock.withLock { self.state }
    guard let sums = state.sums else { throw Failure.invalidData("the auditor has no rows yet") }
    var options = AuditOptions(config.selection, data)
    options.positive = state.positive
    var result = try Audit.report(sums, options)
    result.notes += state.notes
    var report = try config.judged(result)
    if state.withoutLabel > 0 { report = report.countingUnlabelled(state.withoutLabel) }
    if state.withoutAnswer > 0 { report = report.countingUnanswered(state.withoutAnswer, of: sums.rows) }
    if config.selection.curves { report = result.addingCurves(to: report) }
    if let error = result.areaUnderROCError {
      report = report.adding(
        "sketch",
        [
          "score_bins": .integer(config.scoreBins),
          "score_error_at_most": .finite(1 / Double(config.scoreBins)),
          "auc_error_at_most": .finite(error),
        ])
    }
    var shown = config
    shown.baseline = .null
    report = report.adding(
      "provenance",
      ["config": shown.encoded, "batches": .integer(state.batches), "library": .string(libraryVersion)])
    return try config.earlierReport().map { try AuditConfig.compared(report, with: $0) } ?? report
  }

  // MARK: Saving

  private static let mark = "equipoise auditor 4"
  /// Earlier auditors count no rows without an answer.
  private static let earlierMark = "equipoise auditor 3"

  /// The complete state of the auditor with a digest; another process can continue from it.
  public func save() -> [UInt8] {
    let state = lock.withLock { self.state }
    var writer = ByteWriter()
    writer.write(Self.mark)
    writer.write(config.encoded.text())
    writer.write(state.batches)
    writer.write(state.task?.name ?? "")
    writer.write(state.classes)
    writer.write(state.positive.map { [$0.value, $0.other ?? "", $0.column ?? "", $0.rule.rawValue] } ?? [])
    writer.write(state.notes)
    writer.write(state.withoutLabel)
    writer.write(state.withoutAnswer)
    writer.write(state.sums != nil)
    state.sums?.write(to: &writer)
    return SealedBytes.seal(writer)
  }

  /// - Throws: `integrity` if the bytes were changed or truncated; `invalidData` with the byte offset if they
  ///   are not a saved auditor.
  public convenience init(restoring bytes: UnsafeRawBufferPointer) throws {
    let content = try SealedBytes.open(bytes, what: "auditor", article: "an")
    try self.init(content: content)
  }

  /// Restores from bytes without the digest.
  init(content: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(content, what: "auditor")
    let mark = try reader.text()
    guard mark == Self.mark || mark == Self.earlierMark else {
      throw reader.malformed("not an auditor of this version")
    }
    let config = try AuditConfig(json: reader.text())
    try config.requireSums()
    guard let data = config.data else { throw reader.malformed("the configuration has no data") }
    self.config = config
    self.data = data
    state.batches = try reader.natural()
    let task = try reader.text()
    state.classes = try reader.texts()
    let positive = try reader.texts()
    if positive.count == 4, let rule = PositiveLabel.Rule(rawValue: positive[3]) {
      state.positive = PositiveLabel(
        value: positive[0], other: positive[1].isEmpty ? nil : positive[1],
        column: positive[2].isEmpty ? nil : positive[2], rule: rule)
    }
    state.notes = try reader.texts()
    state.withoutLabel = try reader.natural()
    if mark == Self.mark { state.withoutAnswer = try reader.natural() }
    if try reader.flag() {
      let sums = try AuditSums(from: &reader)
      guard sums.task.name == task else { throw reader.malformed("the sums are of another task") }
      switch sums.task {
      case .binary: state.task = .binary
      case .multiclass(let classes): state.task = .multiclass(classes: classes.count)
      case .regression: state.task = .regression
      }
      let wanted = config.selection.by.isEmpty
      guard wanted || sums.groupingCount == config.selection.by.count else {
        throw reader.malformed("the sums are of other groupings")
      }
      state.sums = sums
    }
    guard reader.isAtEnd else { throw reader.malformed("something follows the auditor") }
  }
}

extension AuditConfig {
  /// - Throws: `unsupported` for options that cannot be computed from sums.
  fileprivate func requireSums() throws {
    if profile {
      throw Failure.unsupported(
        "an auditor keeps sums, and a profile needs the rows; ask eqp_audit for it", at: "/profile")
    }
    if task == .tokens || task == .multilabel {
      throw Failure.unsupported(
        "an auditor counts rows with one label; ask eqp_audit for the task \"\(task.rawValue)\"", at: "/task")
    }
    if !analyses.isEmpty {
      throw Failure.unsupported(
        "an auditor keeps sums, and this section needs the rows; ask eqp_audit for it",
        at: analyses.firstPointer)
    }
    for (pointer, columns) in [
      ("/data/sensitive", data?.sensitive ?? []), ("/conditional_on", selection.conditionalOn),
    ] {
      if let index = columns.firstIndex(where: { $0.quantiles != nil }) {
        throw Failure.unsupported(
          "every batch has different quantiles; an auditor needs \"bins\"",
          at: "\(pointer)/\(index)/quantiles")
      }
    }
  }
}
