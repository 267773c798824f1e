import EngineKernels
import Platform

// Backward over the shards of a batch, and what is done with its gradients.
extension Trainer {
  /// Computes `gradients` from `outputGradients` and those of `hidden`, for the batch of the last `forward`.
  /// A second call needs `repeatsBackward`; it starts from the gradients that are then in these arrays.
  public func backward(seed: UInt64) throws { try backward(seed: seed, rowWeights: nil) }

  /// The same for the gradients of a weighted sum of the rows' losses: those of each row are multiplied by its
  /// weight. `outputGradients` and those of `hidden` do not change.
  ///
  /// After `computeRowNorms`, this is the second backward of private training (Abadi et al. 2016, algorithm 1): with
  /// the weight min(1, limit / ‖gradient of the row‖), each row's gradient is clipped.
  ///
  /// - Parameter rowWeights: (rows).
  public func backward(seed: UInt64, rowWeights: UnsafePointer<Float>) throws {
    try backward(seed: seed, rowWeights: Optional(rowWeights))
  }

  private func backward(seed: UInt64, rowWeights: UnsafePointer<Float>?) throws {
    turns.pointer.update(repeating: 0, count: turns.count)
    try eachShard(rowWeights: rowWeights) { index, range, workspace in
      try workspace.backward(
        rows: range.count, firstRow: range.lowerBound, seed: seed)
    }
    if gradientsAreShared { clearBetweenGradients() }
    for shard in shards.prefix(ranges.count) {
      if let own = shard.gradients { add_values(gradients.pointer, own.pointer, gradients.count) }
    }
  }

  /// Computes `rowNorms` from `outputGradients` and those of `hidden`, for the batch of the last `forward`: for each
  /// row, or text, the squared Euclidean norm of its gradient at all trained weights together, in float32 products
  /// and double precision sums. Needs `measuresRows`; `gradients` does not change.
  ///
  /// It costs about one backward; see `RowGradients`. If products are bf16, the norms are those of the gradient
  /// before its factors are rounded.
  public func computeRowNorms(seed: UInt64) throws {
    rowNorms.pointer.update(repeating: 0, count: rowNorms.count)
    try eachShard(rowWeights: nil) { index, range, workspace in
      try workspace.addRowNorms(
        rows: range.count, firstRow: range.lowerBound, seed: seed,
        to: rowNorms.pointer + range.lowerBound)
    }
  }

  /// Runs `body` for every shard of the last batch, after its gradients at the outputs are in its workspace.
  private func eachShard(
    rowWeights: UnsafePointer<Float>?, _ body: (Int, Range<Int>, Workspace) throws -> Void
  ) throws {
    let width = graph.outputWidth
    panels?.begin(shards: ranges.count)
    failure.clear()
    WorkerPool.run(shards: ranges.count) { index in
      let workspace = shards[index].workspace
      let lines = lines(of: index, outputLines)
      workspace.outputGradient.update(
        from: outputGradients.pointer + lines.lowerBound * width, count: lines.count * width)
      writeHiddenGradients(of: index)
      if let rowWeights { weigh(index, by: rowWeights) }
      failure.catching { try body(index, ranges[index], workspace) }
    }
    try failure.rethrow()
  }

  /// Multiplies a shard's gradients at all outputs by the weights of their rows.
  private func weigh(_ shard: Int, by weights: UnsafePointer<Float>) {
    let workspace = shards[shard].workspace
    func weigh(_ gradients: UnsafeMutablePointer<Float>, _ width: Int, _ lines: RunLines) {
      let rows = RowLines(
        count: ranges[shard].count, offsets: lines.sequence.map { workspace.sequences.table[$0].offsets })
      for row in 0..<rows.count {
        scale_values(
          gradients + rows[row].lowerBound * width, weights[ranges[shard].lowerBound + row],
          rows[row].count * width)
      }
    }
    weigh(workspace.outputGradient, graph.outputWidth, outputLines)
    for (place, hidden) in hidden.enumerated() {
      // A value may be several outputs.
      guard let target = workspace.hiddenGradients[place], target != workspace.outputGradient,
        !workspace.hiddenGradients[..<place].contains(target)
      else { continue }
      weigh(target, hidden.width, hidden.lines)
    }
  }

  /// Copies a shard's gradients at the hidden outputs to its workspace, or adds them where the same value is
  /// several outputs.
  private func writeHiddenGradients(of shard: Int) {
    let workspace = shards[shard].workspace
    for (place, hidden) in hidden.enumerated() {
      guard let target = workspace.hiddenGradients[place] else { continue }
      let lines = lines(of: shard, hidden.lines)
      let (source, count) = (
        hidden.gradients.pointer + lines.lowerBound * hidden.width, lines.count * hidden.width
      )
      if target == workspace.outputGradient || workspace.hiddenGradients[..<place].contains(target) {
        add_values(target, source, count)
      } else {
        target.update(from: source, count: count)
      }
    }
  }

  /// Sets to zero the padding after each tensor, which has no gradient but may contain earlier values.
  private func clearBetweenGradients() {
    for index in segments.indices {
      let end = segments[index].offset + segments[index].count
      let next = index + 1 < segments.count ? segments[index + 1].offset : gradients.count
      (gradients.pointer + end).update(repeating: 0, count: next - end)
    }
  }

  /// The Euclidean norm of all gradients.
  public var gradientNorm: Float {
    // In blocks of a fixed size, so that the sum does not depend on the number of threads.
    let block = 1 << 18
    let blocks = (gradients.count + block - 1) / block
    guard blocks > 1 else { return Float(sum_of_squares(gradients.pointer, gradients.count).squareRoot()) }
    let total = withUnsafeTemporaryAllocation(of: Double.self, capacity: blocks) { sums in
      WorkerPool.run(shards: blocks) { index in
        let start = index * block
        sums[index] = sum_of_squares(gradients.pointer + start, min(block, gradients.count - start))
      }
      return sums.reduce(0, +)
    }
    return Float(total.squareRoot())
  }

  /// Multiplies all gradients by a factor, as for clipping.
  public func scaleGradients(by factor: Float) {
    let parts = WorkerPool.shards(of: gradients.count, minimum: 1 << 18)
    WorkerPool.run(shards: parts.count) { part in
      scale_values(gradients.pointer + parts[part].lowerBound, factor, parts[part].count)
    }
  }
}
