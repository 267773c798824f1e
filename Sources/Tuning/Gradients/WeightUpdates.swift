import Engine
import Platform

/// Runs the optimizer's steps on all workers: the update of a weight depends on that weight alone.
final class WeightUpdates {
  private let trainer: Trainer
  private let optimizer: any Optimizer
  let memory: [Buffer<Float>]
  let touched: LazyUpdates
  /// Ranges of weights that one worker updates, with their factor for the learning rate.
  private let pieces: [(weights: Range<Int>, share: Float)]
  /// Pointers to `memory`, stored so that a step allocates no array.
  private let pointers: [UnsafeMutablePointer<Float>]

  /// - Parameter rateShares: for each parameter, its factor for the learning rate; nil: 1 for all.
  init(_ optimizer: any Optimizer, of trainer: Trainer, rateShares: [Float]?) throws {
    self.trainer = trainer
    self.optimizer = optimizer
    memory = try (0..<optimizer.memories).map { _ in
      try Buffer<Float>(count: trainer.weights.count, for: "the optimizer")
    }
    touched = try LazyUpdates(count: trainer.weights.count)
    pieces = Self.spans(rateShares ?? [], trainer).flatMap { span in
      let block = LazyUpdates.block
      return WorkerPool.shards(of: (span.end - span.start) / block, minimum: (1 << 18) / block).map {
        (span.start + $0.lowerBound * block..<span.start + $0.upperBound * block, span.share)
      }
    }
    pointers = memory.map(\.pointer)
  }

  /// Updates the weights from their gradients.
  ///
  /// - Parameter step: counted from 1.
  func apply(rate: Float, step: Int) {
    let pieces = pieces
    WorkerPool.run(shards: pieces.count) { index in
      touched.update(
        pieces[index].weights, by: optimizer, of: trainer.weights.pointer, trainer.gradients.pointer,
        learningRate: rate * pieces[index].share, step: step, memory: pointers)
    }
  }

  /// Clears the optimizer's state.
  func forget() { for buffer in memory { buffer.clear() } }

  /// A range of weights with the same factor for the learning rate.
  private struct Span {
    let start: Int
    var end: Int
    let share: Float
  }

  private static func spans(_ shares: [Float], _ trainer: Trainer) -> [Span] {
    var spans: [Span] = []
    for (parameter, share) in shares.enumerated() {
      guard let start = trainer.offset(ofParameter: parameter) else { continue }
      if let last = spans.indices.last {
        if spans[last].share == share { continue }
        spans[last].end = start
      }
      spans.append(Span(start: start, end: trainer.weights.count, share: share))
    }
    return spans.isEmpty ? [Span(start: 0, end: trainer.weights.count, share: 1)] : spans
  }
}
