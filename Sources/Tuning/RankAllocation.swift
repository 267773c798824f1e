import Configurations
import Engine
import Platform

/// AdaLoRA's allocation of ranks to layers during training (Zhang et al. 2023, algorithm 1).
///
/// Every step adds the gradient of a penalty that keeps singular vectors orthonormal (equation 4), and
/// updates the sensitivity of the loss to each weight (equations 8 to 11). When the budget begins to fall,
/// all singular values are set to 0 except those of the most important triplets within the budget (equations
/// 5 to 7 and 12).
final class RankAllocation {
  /// The offsets of one adapter in the trained weights.
  private struct Triplets {
    let q: Int  // (rank, in)
    let p: Int  // (out, rank)
    let values: Int  // (rank)
    let (rank, inputs, outputs): (Int, Int, Int)
    /// The index of its first triplet among all triplets.
    let first: Int
  }
  private let adapters: [Triplets]
  private let config: RankBudgetConfig
  private let trainer: Trainer
  private let count: Int
  private let finalCount: Int
  private let firstStep: Int
  private let lastStep: Int
  private let square: Buffer<Float>

  /// The smoothed sensitivity of every trained weight.
  let sensitivity: Buffer<Float>
  /// The smoothed uncertainty of every sensitivity.
  let uncertainty: Buffer<Float>
  /// For every triplet: 1 if it is kept, 0 if it was removed.
  let kept: Buffer<Float>

  /// - Returns: nil for a network without singular values.
  init?(_ config: AdapterConfig?, _ graph: Graph, _ trainer: Trainer, steps: Int) throws {
    guard let config, config.kind == .adalora else { return nil }
    var adapters: [Triplets] = []
    var (count, largest) = (0, 0)
    for part in graph.lowRankParts {
      guard let index = part.singularValues, let values = trainer.offset(ofParameter: index),
        let q = trainer.offset(ofParameter: part.a), let p = trainer.offset(ofParameter: part.b)
      else { continue }
      let rank = part.adapter.rank
      adapters.append(
        Triplets(
          q: q, p: p, values: values, rank: rank, inputs: graph.parameters[part.a].shape.last,
          outputs: graph.parameters[part.b].shape.count / max(rank, 1), first: count))
      count += rank
      largest = max(largest, rank)
    }
    guard count > 0 else { return nil }
    self.adapters = adapters
    self.count = count
    self.config = config.budget
    self.trainer = trainer
    finalCount = min(config.rank * adapters.count, count)
    firstStep = Int((config.budget.start * Double(steps)).rounded())
    lastStep = max(Int((config.budget.end * Double(steps)).rounded()), firstStep)
    square = try Buffer<Float>(count: largest * largest, for: "ranks")
    sensitivity = try Buffer<Float>(count: trainer.weights.count, for: "ranks")
    uncertainty = try Buffer<Float>(count: trainer.weights.count, for: "ranks")
    kept = try Buffer<Float>(count: count, for: "ranks")
    kept.pointer.update(repeating: 1, count: count)
  }

  /// The state for checkpoints.
  var state: [Buffer<Float>] { [sensitivity, uncertainty, kept] }

  /// Called before the optimizer's step: adds the gradient of the penalty, and updates the sensitivities.
  ///
  /// - Returns: the penalty.
  func observe() -> Double {
    var penalty = 0.0
    // The mean over the matrices, so that the strength does not depend on the size of the network.
    let weight = Float(config.orthogonality) / Float(2 * max(adapters.count, 1))
    if weight > 0 {
      for adapter in adapters { penalty += Double(weight) * penalize(adapter, weight) }
    }
    let (beta1, beta2) = (Float(config.sensitivityMemory), Float(config.uncertaintyMemory))
    for adapter in adapters {
      for (start, count) in [
        (adapter.q, adapter.rank * adapter.inputs), (adapter.p, adapter.rank * adapter.outputs),
        (adapter.values, adapter.rank),
      ] {
        for place in start..<start + count {
          let now = abs(trainer.weights.pointer[place] * trainer.gradients.pointer[place])
          let smooth = beta1 * sensitivity.pointer[place] + (1 - beta1) * now
          sensitivity.pointer[place] = smooth
          uncertainty.pointer[place] = beta2 * uncertainty.pointer[place] + (1 - beta2) * abs(now - smooth)
        }
      }
    }
    return penalty
  }

  // R = ‖PᵀP − 1‖² + ‖QQᵀ − 1‖²; ∂P = 4 P (PᵀP − 1), ∂Q = 4 (QQᵀ − 1) Q
  private func penalize(_ adapter: Triplets, _ weight: Float) -> Double {
    let rank = adapter.rank
    var sum = 0.0
    func differences() {
      for row in 0..<rank {
        square.pointer[row * rank + row] -= 1
        for column in 0..<rank {
          let value = square.pointer[row * rank + column]
          sum += Double(value * value)
          square.pointer[row * rank + column] = 4 * weight * value
        }
      }
    }
    let (p, q) = (trainer.weights.pointer + adapter.p, trainer.weights.pointer + adapter.q)
    Backend.multiply(
      rank, rank, adapter.outputs, p, transposeA: true, p, transposeB: false, into: square.pointer,
      accumulate: false)
    differences()
    Backend.multiply(
      adapter.outputs, rank, rank, p, transposeA: false, square.pointer, transposeB: false,
      into: trainer.gradients.pointer + adapter.p, accumulate: true)
    Backend.multiply(
      rank, rank, adapter.inputs, q, transposeA: false, q, transposeB: true, into: square.pointer,
      accumulate: false)
    differences()
    Backend.multiply(
      rank, adapter.inputs, rank, square.pointer, transposeA: false, q, transposeB: false,
      into: trainer.gradients.pointer + adapter.q, accumulate: true)
    return sum
  }

  /// The number of triplets that remain after a step (counted from 1): all at first, then fewer along a cubic
  /// curve to the final number.
  func budget(step: Int) -> Int {
    if step <= firstStep { return count }
    guard step < lastStep else { return finalCount }
    let left = 1 - Double(step - firstStep) / Double(lastStep - firstStep)
    return finalCount + Int((Double(count - finalCount) * left * left * left).rounded())
  }

  /// Called after the optimizer's step: removes the triplets outside the budget. Once the final number is
  /// reached, the choice is fixed.
  func prune(step: Int) {
    guard step > firstStep else { return }
    let isChosen = step > max(lastStep, firstStep + 1)
    guard isChosen || step >= lastStep || step % config.every == 0 else { return }
    if !isChosen { choose(budget(step: step)) }
    for adapter in adapters {
      for index in 0..<adapter.rank {
        trainer.weights.pointer[adapter.values + index] *= kept.pointer[adapter.first + index]
      }
    }
  }

  private func choose(_ budget: Int) {
    var importance: [(value: Float, triplet: Int)] = []
    importance.reserveCapacity(count)
    for adapter in adapters {
      for index in 0..<adapter.rank {
        func score(_ place: Int) -> Float { sensitivity.pointer[place] * uncertainty.pointer[place] }
        var (left, right): (Float, Float) = (0, 0)
        for row in 0..<adapter.outputs { left += score(adapter.p + row * adapter.rank + index) }
        for column in 0..<adapter.inputs { right += score(adapter.q + index * adapter.inputs + column) }
        let value =
          score(adapter.values + index) + left / Float(max(adapter.outputs, 1))
          + right / Float(max(adapter.inputs, 1))
        importance.append((value, adapter.first + index))
      }
    }
    importance.sort { ($0.value, $1.triplet) > ($1.value, $0.triplet) }
    for (place, entry) in importance.enumerated() { kept.pointer[entry.triplet] = place < budget ? 1 : 0 }
  }
}
