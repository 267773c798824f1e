import Platform

/// L-BFGS (Nocedal and Wright 2006, algorithms 7.4 and 7.5): minimizes a function of all weights whose gradient is
/// computed exactly, over all rows. For convex functions of few weights it needs far fewer passes over the rows
/// than optimizers of batches.
public struct LimitedMemoryBFGS {
  /// The number of pairs of steps and changes of the gradient from which the curvature is estimated.
  public var memory = 10
  /// The maximum number of steps.
  public var steps = 200
  /// The method ends when a step decreases the function by less than this share of its value.
  public var leastDecrease = 1e-6

  public init() {}

  /// The required share of the decrease that the gradient promises (Armijo's condition).
  private static let sufficient = 1e-4
  private static let shortest = 1e-8

  private struct Pair {
    let step: Buffer<Float>
    let change: Buffer<Float>
    /// 1 / (step · change)
    let scale: Double
  }

  /// - Parameters:
  ///   - weights: the start; then the last weights.
  ///   - evaluate: the function of the current `weights`; writes its gradient.
  ///   - continues: called after each step with its number from 1 and the value; false ends the method.
  /// - Returns: the value of the last weights.
  /// - Throws: what `evaluate` throws; `outOfMemory`.
  @discardableResult
  public func minimize(
    _ weights: Buffer<Float>, evaluate: (_ gradient: Buffer<Float>) throws -> Double,
    continues: (_ step: Int, _ value: Double) throws -> Bool = { _, _ in true }
  ) throws -> Double {
    let count = weights.count
    var gradient = try Buffer<Float>(count: count, for: "the optimizer")
    var next = try Buffer<Float>(count: count, for: "the optimizer")
    let start = try Buffer<Float>(count: count, for: "the optimizer")
    let direction = try Buffer<Float>(count: count, for: "the optimizer")
    var pairs: [Pair] = []
    var value = try evaluate(gradient)
    for step in 0..<steps where value.isFinite {
      descend(gradient, pairs, into: direction)
      var slope = dot(direction, gradient)
      if slope >= 0 {
        pairs.removeAll()
        descend(gradient, pairs, into: direction)
        slope = dot(direction, gradient)
      }
      guard slope < 0 else { break }
      start.pointer.update(from: weights.pointer, count: count)
      // Without curvature, the first step has the length 1 or less.
      var length = pairs.isEmpty ? min(1, 1 / (-slope).squareRoot()) : 1
      var found: Double?
      while length > Self.shortest {
        for index in 0..<count {
          weights.pointer[index] = start.pointer[index] + Float(length) * direction.pointer[index]
        }
        let tried = try evaluate(next)
        if tried <= value + Self.sufficient * length * slope {
          found = tried
          break
        }
        // The minimum of the parabola through both values and the slope, within bounds.
        let curvature = 2 * (tried - value - slope * length)
        let least = curvature > 0 ? -slope * length * length / curvature : 0.1 * length
        length = tried.isFinite ? min(max(least, 0.1 * length), 0.5 * length) : 0.1 * length
      }
      guard let found else {
        weights.pointer.update(from: start.pointer, count: count)
        break
      }
      try remember(weights, start, next, gradient, &pairs)
      swap(&gradient, &next)
      let decrease = value - found
      value = found
      guard try continues(step + 1, value), decrease > leastDecrease * max(abs(value), 1e-12) else { break }
    }
    return value
  }

  /// Writes −H · gradient, with the estimate H of the inverse Hessian from the remembered pairs.
  private func descend(_ gradient: Buffer<Float>, _ pairs: [Pair], into direction: Buffer<Float>) {
    for index in 0..<gradient.count { direction.pointer[index] = -gradient.pointer[index] }
    var shares = [Double](repeating: 0, count: pairs.count)
    for (place, pair) in pairs.enumerated().reversed() {
      shares[place] = pair.scale * dot(pair.step, direction)
      add(-shares[place], pair.change, to: direction)
    }
    if let last = pairs.last {
      let factor = Float(1 / (last.scale * dot(last.change, last.change)))
      for index in 0..<direction.count { direction.pointer[index] *= factor }
    }
    for (place, pair) in pairs.enumerated() {
      add(shares[place] - pair.scale * dot(pair.change, direction), pair.step, to: direction)
    }
  }

  private func remember(
    _ weights: Buffer<Float>, _ start: Buffer<Float>, _ next: Buffer<Float>, _ gradient: Buffer<Float>,
    _ pairs: inout [Pair]
  ) throws {
    let step = try Buffer<Float>(count: weights.count, for: "the optimizer")
    let change = try Buffer<Float>(count: weights.count, for: "the optimizer")
    for index in 0..<weights.count {
      step.pointer[index] = weights.pointer[index] - start.pointer[index]
      change.pointer[index] = next.pointer[index] - gradient.pointer[index]
    }
    let product = dot(step, change)
    // Without positive curvature the pair would make the estimate indefinite.
    guard product > 1e-10 * dot(change, change) else { return }
    if pairs.count == memory { pairs.removeFirst() }
    pairs.append(Pair(step: step, change: change, scale: 1 / product))
  }

  private func dot(_ first: Buffer<Float>, _ second: Buffer<Float>) -> Double {
    var sum = 0.0
    for index in 0..<first.count { sum += Double(first.pointer[index]) * Double(second.pointer[index]) }
    return sum
  }

  private func add(_ factor: Double, _ values: Buffer<Float>, to sum: Buffer<Float>) {
    let factor = Float(factor)
    for index in 0..<sum.count { sum.pointer[index] += factor * values.pointer[index] }
  }
}
