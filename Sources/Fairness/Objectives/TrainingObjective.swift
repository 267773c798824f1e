import Kernels
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// What a training step minimizes: the prediction loss, the fairness penalties, and the Lagrangian of
/// the fairness constraints,
///
///     L = L_pred + Σ weight · gap + Σ λ (gap − tolerance),
///
/// with the multipliers λ ≥ 0 raised while their gap is above the tolerance and lowered while it is
/// below (dual ascent: Bertsekas 1999, section 6.3). A constraint that is judged by decisions moves its
/// multiplier by the gap of the decisions themselves, while the weights follow the gradient of the
/// signal's gap: the proxy-Lagrangian of Cotter, Jiang and Sridharan (2019, section 3).
///
/// A pure function of a whole batch's outputs: it knows nothing of threads, shards or networks. Once
/// made it allocates nothing.
public final class TrainingObjective {
  /// One line of a configuration's "fairness".
  public struct Term {
    public let name: String
    public let criterion: Criterion
    /// Which of the batch's groupings it compares.
    public let grouping: Int
    public let groups: Int
    public let signal: Signal
    /// The width of `decision`'s step from 0 to 1, in logits.
    public let temperature: Float
    public let disparity: Disparity?
    public let memory: Float
    public let strength: Strength
    /// Of constraints: whether the tolerance is for the gap of the decisions, not of the signal.
    public let judgesDecisions: Bool

    public enum Strength: Equatable {
      case weight(Float)
      /// The multipliers start at 0, move by `rate` for each unit of gap, and never pass `most`;
      /// `damping` is the augmented Lagrangian's ρ.
      case tolerance(Float, rate: Float, most: Float, damping: Float = 0)
    }

    public init(
      name: String, criterion: Criterion, grouping: Int, groups: Int, signal: Signal? = nil,
      temperature: Float = 0.2, disparity: Disparity? = nil, memory: Float = 0, strength: Strength,
      judgesDecisions: Bool = false
    ) {
      self.name = name
      self.criterion = criterion
      self.grouping = grouping
      self.groups = groups
      self.signal = signal ?? criterion.defaultSignal
      self.temperature = temperature
      self.disparity = disparity
      self.memory = memory
      self.strength = strength
      self.judgesDecisions = judgesDecisions
    }
  }

  private struct Part {
    let term: Term
    let objective: any Objective
    let signal: Int  // into `signals`
    let components: Range<Int>  // into gaps, multipliers
    /// Measures the gap of the decisions; nil when the signal's own gap is the judge.
    let judge: (any Objective)?
    /// The inequalities of a constraint on group statistics; other constraints have one multiplier.
    let constraint: GapConstraint?
  }

  public let loss: any Loss
  /// The name of each gap: "demographic_parity(sex)", or with the statistic if there are several.
  public let gapNames: [String]
  /// Of the last batch.
  public let gaps: Buffer<Float>
  /// Of the last batch: the gaps by which multipliers move; of decisions where these are the judge.
  public let judgedGaps: Buffer<Float>
  /// The present multipliers of constraints, and the weights of penalties.
  public let multipliers: Buffer<Float>
  private let task: Task
  private let parts: [Part]
  private let signals: [SignalValues]
  /// The logit from which a decision is positive.
  private let decisionLogit: Float
  private let decisions: Buffer<Float>
  private let ones: Buffer<Float>
  private let losses: Buffer<Float>
  private let slopes: Buffer<Float>
  /// Whether batches must bring a switched copy of every row.
  public let needsCounterfactuals: Bool

  /// - Parameters:
  ///   - capacity: the most rows of a batch.
  ///   - threshold: the probability from which a decision of a binary task is positive.
  public init(
    loss: any Loss, task: Task, width: Int, terms: [Term], capacity: Int, threshold: Float = 0.5
  ) throws {
    decisionLogit = logf(threshold / (1 - threshold))
    self.loss = loss
    self.task = task
    needsCounterfactuals = terms.contains { $0.criterion == .counterfactual }
    let lines = needsCounterfactuals ? 2 * capacity : capacity
    var signals: [SignalValues] = []
    var parts: [Part] = []
    var names: [String] = []
    for term in terms {
      let known = signals.firstIndex {
        $0.signal == term.signal
          && (term.signal != .decision || $0.temperature == max(term.temperature, 1e-3))
      }
      if known == nil {
        signals.append(
          try SignalValues(term.signal, task: task, temperature: term.temperature, capacity: lines))
      }
      let signal = known ?? signals.count - 1
      let objective = try term.criterion.objective(
        disparity: term.disparity, columns: signals[signal].columns, groups: term.groups, memory: term.memory)
      let first = names.count
      names +=
        objective.components.count == 1
        ? [term.name] : objective.components.map { "\(term.name).\($0)" }
      // A gap of losses is not one of decisions.
      let judges =
        term.judgesDecisions && !term.criterion.statistics.isEmpty && term.signal != .loss
        && task != .regression
      let judge =
        judges
        ? try term.criterion.objective(
          disparity: term.disparity, columns: signals[signal].columns, groups: term.groups,
          memory: term.memory) : nil
      var constraint: GapConstraint?
      if case .tolerance(let tolerance, let rate, let most, let damping) = term.strength,
        let gap = objective as? GroupGap
      {
        constraint = try GapConstraint(
          gap, judge: judge as? GroupGap, tolerance: tolerance, rate: rate, most: most,
          damping: damping)
      }
      parts.append(
        Part(
          term: term, objective: objective, signal: signal, components: first..<names.count, judge: judge,
          constraint: constraint))
    }
    self.signals = signals
    self.parts = parts
    gapNames = names
    gaps = try Buffer<Float>(count: names.count)
    judgedGaps = try Buffer<Float>(count: names.count)
    let judged = parts.filter { $0.judge != nil }.map { signals[$0.signal].columns }.max() ?? 0
    decisions = try Buffer<Float>(count: judged * capacity, for: "decisions")
    multipliers = try Buffer<Float>(count: names.count)
    ones = try Buffer(copying: [Float](repeating: 1, count: names.count))
    for part in parts {
      let start: Float =
        switch part.term.strength {
        case .weight(let weight): weight
        case .tolerance: 0
        }
      for component in part.components { multipliers.elements[component] = start }
    }
    losses = try Buffer<Float>(count: capacity, for: "losses")
    slopes = try Buffer<Float>(count: capacity * max(width, 1), for: "losses")
  }

  /// Goes on from the multipliers that another objective of the same terms has learnt.
  public func takeMultipliers(of other: TrainingObjective) {
    for (own, others) in zip(parts, other.parts) {
      guard case .tolerance = own.term.strength, own.components == others.components else { continue }
      for component in own.components {
        multipliers.pointer[component] = other.multipliers.pointer[component]
      }
      if let own = own.constraint, let others = others.constraint, own.upper.count == others.upper.count {
        own.upper.pointer.update(from: others.upper.pointer, count: own.upper.count)
        own.lower.pointer.update(from: others.lower.pointer, count: own.lower.count)
      }
    }
  }

  /// The places of a term's gaps among all.
  public func components(ofTerm place: Int) -> Range<Int> { parts[place].components }

  /// Everything that changes from step to step, for checkpoints.
  public var state: [Buffer<Float>] {
    [multipliers]
      + parts.flatMap { part in
        [part.objective, part.judge].compactMap { $0 as? GroupGap }.flatMap(\.state)
          + (part.constraint.map { [$0.upper, $0.lower] } ?? [])
      }
  }

  /// The loss of a batch and its gradient for the outputs.
  ///
  /// - Parameters:
  ///   - batch: the rows; with counterfactuals `outputs` goes on for as many switched rows.
  ///   - groupings: in the order that the terms refer to.
  ///   - gradients: out, as many as `outputs`.
  ///   - share: of this batch in the step, when several are accumulated.
  /// - Returns: the whole loss and the prediction's part of it.
  public func evaluate(
    _ batch: Batch, groupings: [BatchGroups], gradients: UnsafeMutablePointer<Float>, share: Float = 1
  ) -> (loss: Double, prediction: Double) {
    let count = batch.rows * batch.width
    loss.evaluate(batch, losses: losses.pointer, slopes: slopes.pointer)
    let total = batch.weights.map { weighted_sum($0, nil, batch.rows) } ?? Double(batch.rows)
    let prediction = total > 0 ? weighted_sum(losses.pointer, batch.weights, batch.rows) / total : 0
    writePredictionGradient(batch, scale: total > 0 ? share / Float(total) : 0, to: gradients)
    let whole = Batch(
      task: batch.task, rows: needsCounterfactuals ? 2 * batch.rows : batch.rows, width: batch.width,
      outputs: batch.outputs, labels: batch.labels, weights: batch.weights)
    if needsCounterfactuals { (gradients + count).update(repeating: 0, count: count) }

    for signal in signals { signal.read(signal.signal == .loss ? batch : whole, losses: losses.pointer) }
    var fairness = 0.0
    for part in parts {
      let signal = signals[part.signal]
      let groups = groupings[part.term.grouping]
      let first = part.components.lowerBound
      part.objective.measure(
        batch, values: signal.values.pointer, groups: groups, gaps: gaps.pointer + first)
      if let judge = part.judge {
        decide(batch, columns: signal.columns)
        judge.measure(batch, values: decisions.pointer, groups: groups, gaps: judgedGaps.pointer + first)
      } else {
        for component in part.components { judgedGaps.pointer[component] = gaps.pointer[component] }
      }
      if let constraint = part.constraint {
        fairness += constraint.penalize()
        part.objective.addGradient(
          batch, values: signal.values.pointer, groups: groups, coefficients: ones.pointer,
          to: signal.gradients.pointer)
        continue
      }
      for component in part.components {
        fairness += Double(multipliers.pointer[component] * excess(part.term, gaps.pointer[component]))
      }
      part.objective.addGradient(
        batch, values: signal.values.pointer, groups: groups, coefficients: multipliers.pointer + first,
        to: signal.gradients.pointer)
    }
    for signal in signals {
      if share != 1 {
        scale_values(
          signal.gradients.pointer, share,
          batch.rows * signal.columns * (needsCounterfactuals && signal.signal != .loss ? 2 : 1))
      }
      signal.addGradient(signal.signal == .loss ? batch : whole, to: gradients, lossSlopes: slopes.pointer)
    }
    return (prediction + fairness, prediction)
  }

  /// Moves the multipliers of the constraints by the gaps of the last batch; once a step.
  public func ascend() {
    for part in parts {
      guard case .tolerance(let tolerance, let rate, let most, _) = part.term.strength else { continue }
      if let constraint = part.constraint {
        constraint.ascend()
        for (place, component) in part.components.enumerated() {
          multipliers.pointer[component] = constraint.multiplier(of: place)
        }
        continue
      }
      for component in part.components {
        let moved = multipliers.pointer[component] + rate * (judgedGaps.pointer[component] - tolerance)
        multipliers.pointer[component] = min(max(moved, 0), most)
      }
    }
  }

  /// The decision of each row, 0 or 1 in each column: positive, or the class of the largest logit.
  private func decide(_ batch: Batch, columns: Int) {
    let width = batch.width
    for row in 0..<batch.rows {
      let outputs = batch.outputs + row * width
      if columns == 1 {
        decisions.pointer[row] = (width == 1 ? outputs[0] : outputs[1] - outputs[0]) >= decisionLogit ? 1 : 0
        continue
      }
      var best = 0
      for column in 1..<columns where outputs[column] > outputs[best] { best = column }
      for column in 0..<columns { decisions.pointer[row * columns + column] = column == best ? 1 : 0 }
    }
  }

  private func excess(_ term: Term, _ gap: Float) -> Float {
    if case .tolerance(let tolerance, _, _, _) = term.strength { gap - tolerance } else { gap }
  }

  private func writePredictionGradient(
    _ batch: Batch, scale: Float, to gradients: UnsafeMutablePointer<Float>
  ) {
    if batch.width == 1 {
      weighted_slopes(slopes.pointer, batch.weights, scale, gradients, batch.rows)
      return
    }
    for row in 0..<batch.rows {
      let weight = scale * (batch.weights?[row] ?? 1)
      for index in row * batch.width..<(row + 1) * batch.width {
        gradients[index] = slopes.pointer[index] * weight
      }
    }
  }
}
