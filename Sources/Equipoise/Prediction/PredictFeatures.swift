import Datasets
import Engine
import Formats
import Kernels
import Platform

extension Model {
  /// The short way in: raw rows of numbers to scores, without a dataset and, once warm, without
  /// allocating.
  ///
  /// - Parameters:
  ///   - features: row-major (rows, columns) in the order of the model's inputs; a category is its
  ///     number among the input's categories, NaN is missing.
  ///   - scores: out, (rows, scoreCount).
  /// - Throws: `invalidArgument` when sizes do not fit, `invalidData` for numbers that are not finite.
  public func predict(
    features: UnsafePointer<Float>, rows: Int, columns: Int, scores: UnsafeMutablePointer<Float>,
    scoreCount: Int
  ) throws {
    try requireServing()
    let (predictor, scoring) = try requirePredictor()
    guard columns == featureCount else {
      throw Failure.invalidArgument("columns is \(columns); the model takes \(featureCount)", at: "columns")
    }
    let (needed, overflow) = rows.multipliedReportingOverflow(by: scoring.count)
    guard rows >= 0, !overflow, scoreCount >= needed else {
      throw Failure.invalidArgument(
        "scores_count is \(scoreCount); \(rows) rows of \(scoring.count) scores need \(needed)",
        at: "scores_count")
    }
    if rows < 2 * predictor.chunk || WorkerPool.threads == 1 {
      try predict(
        features, 0..<rows, scores, predictor, scoring,
        sharedBy: predictor.sharesRows ? WorkerPool.threads : 1)
      return
    }
    // Many rows are worth waking the workers; each takes a share of them. Should one fail, the rows are
    // taken in order, so that the first one that is wrong is the one that is named.
    let parts = min(WorkerPool.threads, rows / predictor.chunk)
    try predictor.prepareWorkspaces(parts)
    let succeeded = withUnsafeTemporaryAllocation(of: Bool.self, capacity: parts) { done in
      var job = SharedPrediction(
        model: Unmanaged.passUnretained(self), features: features, rows: rows, parts: parts, scores: scores,
        done: done)
      // A C function and a struct on the stack: a closure would be allocated.
      worker_team_run(
        Int32(clamping: parts),
        { context, part in
          context?.assumingMemoryBound(to: SharedPrediction.self).pointee.run(part: Int(part))
        }, &job)
      return done.allSatisfy { $0 }
    }
    if !succeeded { try predict(features, 0..<rows, scores, predictor, scoring) }
  }

  /// A prediction that workers share by rows.
  private struct SharedPrediction {
    let model: Unmanaged<Model>
    let features: UnsafePointer<Float>
    let rows: Int
    let parts: Int
    let scores: UnsafeMutablePointer<Float>
    let done: UnsafeMutableBufferPointer<Bool>

    func run(part: Int) {
      let share = rows * part / parts..<rows * (part + 1) / parts
      let model = model.takeUnretainedValue()
      do {
        let (predictor, scoring) = try model.requirePredictor()
        try model.predict(features, share, scores, predictor, scoring)
        done[part] = true
      } catch {
        done[part] = false
      }
    }
  }

  private func predict(
    _ features: UnsafePointer<Float>, _ rows: Range<Int>, _ scores: UnsafeMutablePointer<Float>,
    _ predictor: Predictor, _ scoring: Scoring, sharedBy parts: Int = 1
  ) throws {
    try predictor.withWorkspace { workspace in
      var start = rows.lowerBound
      while start < rows.upperBound {
        let count = min(predictor.chunk, rows.upperBound - start)
        let source = features + start * featureCount
        if let encoder {
          if workspace.inputs.count == 1 {
            try encoder.encode(features: source, rows: count, firstRow: start, into: workspace.inputs[0])
          } else {
            try Self.encode(source, rows: count, firstRow: start, by: encoder, to: workspace)
          }
          workspace.forward(rows: count, firstRow: start, sharedBy: parts)
        } else {
          try requireFinite(source, firstRow: start, rows: count, columns: featureCount)
          if workspace.canReadElsewhere {
            workspace.forward(rows: count, reading: source, sharedBy: parts)
          } else {
            Self.copy(source, rows: count, columns: featureCount, to: workspace)
            workspace.forward(rows: count, firstRow: start, sharedBy: parts)
          }
        }
        scoring.write(workspace.output, rows: count, to: scores + start * scoring.count)
        start += count
        try Memory.check()
      }
    }
  }

  /// Encodes rows for a network of several inputs, each of which has a block of its own.
  private static func encode(
    _ source: UnsafePointer<Float>, rows: Int, firstRow: Int, by encoder: TableEncoder,
    to workspace: Workspace
  ) throws {
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: rows * encoder.width) { encoded in
      guard let base = encoded.baseAddress else { return }
      try encoder.encode(features: source, rows: rows, firstRow: firstRow, into: base)
      copy(base, rows: rows, columns: encoder.width, to: workspace)
    }
  }

  /// - Throws: `invalidData` at the row and column of the first number that is not finite, nor missing where that
  ///   may be.
  private func requireFinite(
    _ source: UnsafePointer<Float>, firstRow: Int, rows: Int, columns: Int
  ) throws {
    // One pass over all of them, and a closer look only where it matters.
    if numbers_are_finite(source, rows * columns) { return }
    for index in 0..<rows * columns where !source[index].isFinite && !(takesMissing && source[index].isNaN) {
      let (row, column) = (firstRow + index / columns, index % columns)
      throw Failure(
        .invalidData, "row \(row), column \(column): \(source[index]) is not a finite number",
        at: "\(row),\(column)")
    }
  }

  /// Copies rows to the blocks of a network's inputs, a few columns each.
  private static func copy(
    _ source: UnsafePointer<Float>, rows: Int, columns: Int, to workspace: Workspace
  ) {
    var offset = 0
    for (id, input) in zip(workspace.graph.inputs, workspace.inputs) {
      let width = workspace.graph[id].shape.count
      copy_lines(source + offset, columns, input, width, rows, width, false)
      offset += width
    }
  }
}
