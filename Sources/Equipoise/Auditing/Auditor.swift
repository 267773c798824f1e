import Datasets
import Fairness
import Platform

/// An audit in parts: rows come batch by batch, auditors of other processes and machines are merged in, and
/// the memory is that of the groups, whatever the number of rows. Safe to share; calls wait for each other.
///
/// Counts and sums add up exactly. Of the scores histograms are kept (`score_bins`), so that metrics of ranks
/// and distributions are within the bound that the report states.
public final class Auditor {
  private let config: AuditConfig
  private let data: DataConfig
  private let lock = Lock()
  private var state = State()

  private struct State {
    var sums: AuditSums?
    /// What the labels are, known from the first batch on.
    var task: Fairness.Task?
    var classes: [String] = []
    var batches = 0
  }

  /// - Throws: `invalidConfig` when the configuration names no label or no decisions; `unsupported` (location:
  ///   the key) for what needs all rows at once.
  public init(_ config: AuditConfig) throws {
    guard let data = config.data else {
      throw Failure.invalidConfig(
        "\"data\" is missing: the label, the sensitive columns, and the decisions or scores are needed",
        at: "/data")
    }
    guard data.prediction != nil || data.score != nil else {
      throw Failure.invalidConfig(
        "an auditor has no model: \"prediction\" or \"score\" names the column of the decisions or scores",
        at: "/data")
    }
    try config.requireSums()
    self.config = config
    self.data = data
  }

  /// Adds a batch's rows; after a failure the auditor is as it was.
  ///
  /// - Throws: `invalidData` when the rows do not fit; `unsupported` for too many groups; `outOfMemory`.
  public func update(_ batch: Dataset) throws {
    guard batch.rows > 0 else { return }
    try lock.withLock {
      let batch = try batch.addingLexicons(data).dataset
      let evaluation = try Evaluation(
        batch, data, config.selection, task: config.task, known: state.task, classes: state.classes)
      let rows = try evaluation.rows(decidedIn: batch, data, threshold: config.threshold ?? 0.5)
      var next = try AuditSums(
        rows, ranked: false, bins: rows.task == .binary ? config.scoreBins : 0,
        blocks: evaluation.options.uncertainty != nil, firstRow: state.sums?.rows ?? 0)
      if let sums = state.sums {
        var all = sums
        try all.merge(next)
        next = all
      }
      state = State(
        sums: next, task: evaluation.labels.task, classes: evaluation.labels.classes,
        batches: state.batches + 1)
    }
  }

  /// Adds the batches of a stream as they come; those before a failure stay added.
  ///
  /// - Throws: what `update` and the stream throw.
  public func update(_ stream: ArrowStream) throws {
    while let batch = try stream.next() { try update(batch) }
  }

  /// Adds the rows of another auditor of the same configuration.
  ///
  /// - Throws: `invalidArgument` when they do not fit together.
  public func merge(_ other: Auditor) throws {
    let (own, others) = (config.encoded, other.config.encoded)
    if let key = Self.counted.first(where: { own[$0] != others[$0] }) {
      throw Failure.invalidArgument(
        "auditors whose configurations differ in \"\(key)\" count differently, and do not add up", at: "other"
      )
    }
    let more = other.lock.withLock { other.state }
    guard let moreSums = more.sums else { return }
    try lock.withLock {
      guard let sums = state.sums else {
        state = more
        return
      }
      guard state.classes == more.classes else {
        throw Failure.invalidArgument(
          "auditors of different classes (\(state.classes.joined(separator: ", ")); "
            + "\(more.classes.joined(separator: ", "))) do not add up; name the positive class in \"data\"",
          at: "other")
      }
      var all = sums
      try all.merge(moreSums)
      state.sums = all
      state.batches += more.batches
    }
  }

  /// The keys of a configuration that say what is counted; the others say what is reported of it.
  private static let counted = ["task", "data", "by", "threshold", "score_bins", "conditional_on"]

  /// - Throws: `invalidData` when there are no rows yet; `invalidConfig` for a metric or reference group that
  ///   there is not.
  public func report() throws -> JSONValue {
    let state = lock.withLock { self.state }
    guard let sums = state.sums else { throw Failure.invalidData("the auditor has no rows yet") }
    let result = try Audit.report(sums, AuditOptions(config.selection, data))
    var report = try config.judged(result)
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

  private static let mark = "equipoise auditor 2"

  /// Everything that another process needs to go on, and a digest of it.
  public func save() -> [UInt8] {
    let state = lock.withLock { self.state }
    var writer = ByteWriter()
    writer.write(Self.mark)
    writer.write(config.encoded.text())
    writer.write(state.batches)
    writer.write(state.task?.name ?? "")
    writer.write(state.classes)
    writer.write(state.sums != nil)
    state.sums?.write(to: &writer)
    let digest = writer.bytes.withUnsafeBytes(Self.digest)
    writer.write(digest)
    return writer.bytes
  }

  /// - Throws: `integrity` for bytes that were changed or cut; `invalidData` with the byte for what no auditor
  ///   saved.
  public convenience init(restoring bytes: UnsafeRawBufferPointer) throws {
    let digestBytes = 8 + Digest.length
    guard bytes.count > digestBytes else {
      throw Failure(.integrity, "\(bytes.count) bytes are too few for an auditor")
    }
    let content = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - digestBytes)])
    var end = ByteReader(
      UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - digestBytes)...]), what: "auditor")
    guard let digest = try? end.text(), digest == Self.digest(content) else {
      throw Failure(.integrity, "the auditor's bytes were changed or cut: their digest does not match")
    }
    try self.init(content: content)
  }

  /// Without the digest.
  init(content: UnsafeRawBufferPointer) throws {
    var reader = ByteReader(content, what: "auditor")
    guard try reader.text() == Self.mark else { throw reader.malformed("not an auditor of this version") }
    let config = try AuditConfig(json: reader.text())
    try config.requireSums()
    guard let data = config.data else { throw reader.malformed("the configuration has no data") }
    self.config = config
    self.data = data
    state.batches = try reader.natural()
    let task = try reader.text()
    state.classes = try reader.texts()
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

  private static func digest(_ bytes: UnsafeRawBufferPointer) -> String {
    let digest = Digest()
    digest.update(bytes)
    return digest.finish()
  }
}

extension AuditConfig {
  /// - Throws: `unsupported` for what sums cannot tell.
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
          "every batch has quantiles of its own; give an auditor \"bins\"",
          at: "\(pointer)/\(index)/quantiles")
      }
    }
  }
}
