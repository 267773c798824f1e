import Engine
import Fairness
import Formats
import Models
import Platform

/// Ends the growth of trees when the loss of held-out rows does not decrease any more, and chooses the best round.
final class GrowthStopping {
  private let rows: TrainingRows
  private let loss: any Loss
  private let patience: Int
  private var judged: (rows: XGBoostRows, outputs: Buffer<Float>)?
  private var bestLoss = Double.infinity
  /// The number of rounds up to the best one.
  private(set) var bestRounds = 0
  private(set) var isOver = false

  /// - Parameters:
  ///   - rows: the held-out rows.
  ///   - patience: the number of rounds without a smaller loss after which growth ends.
  init(_ rows: TrainingRows, _ loss: any Loss, patience: Int) {
    (self.rows, self.loss, self.patience) = (rows, loss, patience)
  }

  /// - Parameter network: the network that grows.
  func begin(_ network: Network, _ growth: XGBoostGrowth) throws {
    judged = (
      try growth.judgedRows(rows.inputs.values, rows: rows.rows), try network.graph.outputs(of: rows.inputs)
    )
  }

  /// - Returns: the mean loss of the held-out rows after a round.
  func judge(_ round: Int, _ growth: XGBoostGrowth) throws -> Double? {
    guard let judged else { return nil }
    try growth.addSums(ofRound: round, judged.rows, to: judged.outputs.pointer)
    let mean = try meanLoss(judged.outputs)
    if mean < bestLoss || bestRounds == 0 { (bestLoss, bestRounds) = (mean, round + 1) }
    isOver = round + 1 - bestRounds >= patience
    return mean
  }

  private func meanLoss(_ outputs: Buffer<Float>) throws -> Double {
    let (count, target) = (rows.rows, rows.targets[0])
    let losses = try Buffer<Float>(count: count, for: "losses")
    let slopes = try Buffer<Float>(count: outputs.count, for: "losses")
    loss.evaluate(
      Batch(
        task: target.labels.task, rows: count, width: outputs.count / max(count, 1), outputs: outputs.pointer,
        labels: target.values.pointer), losses: losses.pointer, slopes: slopes.pointer)
    var (sum, total) = (0.0, 0.0)
    for row in 0..<count {
      let weight = Double(target.weights?.pointer[row] ?? 1)
      sum += weight * Double(losses.pointer[row])
      total += weight
    }
    return sum / max(total, .leastNormalMagnitude)
  }
}
