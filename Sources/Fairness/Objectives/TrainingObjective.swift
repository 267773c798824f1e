import EngineKernels
import FairnessKernels
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The function that a training step minimizes: the prediction loss, the fairness penalties, and the
/// Lagrangian of the fairness constraints,
///
///     L = L_pred + Σ weight · gap + Σ λ (gap − tolerance),
///
/// where the multipliers λ ≥ 0 are increased while their gap is above the tolerance and decreased while it is
/// below (dual ascent: Bertsekas 1999, section 6.3). If a constraint is judged by decisions, its multiplier
/// follows the gap of the decisions, while the weights follow the gradient of the signal's gap: the
/// proxy-Lagrangian of Cotter, Jiang and Sridharan (2019, section 3).
///
/// Penalties are computed on a batch. Constraints are computed on rounds of batches, or on passes over all
/// rows (`observe`, `settle`).
///
/// This type does not depend on threads, shards or networks, and a step allocates no memory.
public final class TrainingObjective {
  /// One entry of a configuration's "fairness".
  public struct Term {
    /// The name in reports.
    public let name: String
    public let criterion: Criterion
    /// The statistic from the configuration, for the criterion `statistic`.
    public let stated: GroupStatistic?
    /// The index of the grouping whose groups are compared.
    public let grouping: Int
    /// The number of groups of the grouping.
    public let groups: Int
    public let signal: Signal
    /// The width of the step from 0 to 1 of the signal `decision`, in logits.
    public let temperature: Float
    /// How the values of the groups are compared; nil: the criterion's default.
    public let disparity: Disparity?
    /// The factor by which sums of past batches decay, from 0 (only the current batch) to below 1.
    public let memory: Float
    public let strength: Strength
    /// For constraints: whether the tolerance applies to the gap of the decisions instead of the signal.
    public let judgesDecisions: Bool

    /// How strongly the term acts.
    public enum Strength: Equatable {
      /// A penalty: its gap is added to the loss with this factor.
      case weight(Float)
      /// A constraint with its tolerance and solver settings.
      case tolerance(ConstraintSettings)
    }

    public init(
      name: String, criterion: Criterion, stated: GroupStatistic? = nil, grouping: Int, groups: Int,
      signal: Signal? = nil,
      temperature: Float = 0.2, disparity: Disparity? = nil, memory: Float = 0, strength: Strength,
      judgesDecisions: Bool = false
    ) {
      self.name = name
      self.criterion = criterion
      self.stated = stated
      self.grouping = grouping
      self.groups = groups
      self.signal = signal ?? criterion.defaultSignal
      self.temperature = temperature
      self.disparity = disparity
      self.memory = memory
      self.strength = strength
      self.judgesDecisions = judgesDecisions
    }

    /// The group statistics of the term's gap; empty for criteria that are built differently.
    var statistics: [GroupStatistic] { criterion.statistics(stated: stated) }
  }

  struct Part {
    let term: Term
    let objective: any Objective
    let signal: Int  // into `signals`
    let components: Range<Int>  // into gaps, multipliers
    let judgesDecisions: Bool
    /// For penalties: measures the gap of the decisions, which pruning reads.
    let judge: (any Objective)?
    /// For penalties: measures the gap of a batch alone, in passes over rows without a gradient; nil for those that compare
    /// rows with switched copies, which passes do not have.
    let gauge: (any Objective)?
    /// The inequalities of a constraint on group statistics; nil for other constraints, which have one
    /// multiplier.
    let constraint: GapConstraint?

    var isPenalty: Bool {
      if case .weight = term.strength { true } else { false }
    }

    /// - Parameters:
    ///   - signal: the index of the term's signal.
    ///   - columns: the number of columns of the signal.
    ///   - firstComponent: the index of the term's first gap.
    init(_ term: Term, task: Task, signal: Int, columns: Int, firstComponent: Int) throws {
      self.term = term
      self.signal = signal
      objective = try term.criterion.objective(
        stated: term.stated, disparity: term.disparity, columns: columns, groups: term.groups,
        memory: term.memory)
      components = firstComponent..<firstComponent + objective.components.count
      // A gap of losses has no decisions.
      judgesDecisions =
        term.judgesDecisions && !term.statistics.isEmpty && term.signal != .loss && task != .regression
      if case .tolerance(let settings) = term.strength, !term.statistics.isEmpty {
        constraint = try GapConstraint(
          term.statistics, disparity: term.criterion.disparity(term.disparity),
          columns: term.criterion == .boundedGroupLoss ? 1 : columns, groups: term.groups,
          judgesDecisions: judgesDecisions, settings)
      } else {
        constraint = nil
      }
      gauge =
        switch term.strength {
        case .weight where term.criterion != .counterfactual:
          try term.criterion.objective(
            stated: term.stated, disparity: term.disparity, columns: columns, groups: term.groups, memory: 0)
        case .weight, .tolerance: nil
        }
      judge =
        judgesDecisions && constraint == nil
        ? try term.criterion.objective(
          stated: term.stated, disparity: term.disparity, columns: columns, groups: term.groups, memory: 0)
        : nil
    }
  }

  public let loss: any Loss
  /// The name of each gap: "demographic_parity(sex)", followed by the statistic if there are several.
  public let gapNames: [String]
  /// The gaps of the last batch; for constraints on group statistics, of the last round.
  public let gaps: Buffer<Float>
  /// The gaps that update the multipliers, in the order of `gaps`: gaps of decisions where these are judged.
  public let judgedGaps: Buffer<Float>
  /// The current multipliers of constraints, and the weights of penalties.
  public let multipliers: Buffer<Float>
  /// The gaps of penalties in a pass without a gradient.
  let gauged: Buffer<Float>
  let task: Task
  let parts: [Part]
  let signals: [SignalValues]
  /// The smallest logit of a positive decision.
  public let decisionLogit: Float
  /// Added to the decision logit while training searches for the threshold with the fewest errors; at the end
  /// the outputs are shifted by it.
  public var decisionOffset: Float = 0
  let decisions: Buffer<Float>
  /// The number of decisions of a row: 1, or one for each class; 0 in a regression.
  public let decisionColumns: Int
  let losses: Buffer<Float>
  /// Outputs minus the offset.
  let shifted: Buffer<Float>
  let slopes: Buffer<Float>
  /// Whether penalties contribute to the gradient.
  public var penaltiesAct = true
  /// Whether constraints contribute to the gradient.
  public var constraintsAct = true
  /// The weight of the anchor loss in the prediction loss.
  public var anchorShare: Float = 0
  /// Whether batches must contain a switched copy of every row.
  public let needsCounterfactuals: Bool

  /// - Parameters:
  ///   - capacity: the maximum number of rows in a batch.
  ///   - threshold: the probability from which a decision of a binary task is positive.
  public init(
    loss: any Loss, task: Task, width: Int, terms: [Term], capacity: Int, threshold: Float = 0.5
  ) throws {
    decisionLogit = DecisionRule(threshold: Double(threshold)).smallestLogit
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
      let part = try Part(
        term, task: task, signal: signal, columns: signals[signal].columns, firstComponent: names.count)
      let components = part.objective.components
      names += components.count == 1 ? [term.name] : components.map { "\(term.name).\($0)" }
      parts.append(part)
    }
    self.signals = signals
    self.parts = parts
    gapNames = names
    gaps = try Buffer<Float>(count: names.count)
    judgedGaps = try Buffer<Float>(count: names.count)
    gauged = try Buffer<Float>(count: names.count)
    decisionColumns =
      switch task {
      case .binary: 1
      case .multiclass(let classes): classes
      case .regression: 0
      }
    decisions = try Buffer<Float>(count: decisionColumns * capacity, for: "decisions")
    multipliers = try Buffer<Float>(count: names.count)
    for part in parts {
      let start: Float =
        switch part.term.strength {
        case .weight(let weight): weight
        case .tolerance: 0
        }
      for component in part.components { multipliers.elements[component] = start }
    }
    losses = try Buffer<Float>(count: capacity, for: "losses")
    shifted = try Buffer<Float>(count: capacity, for: "outputs")
    slopes = try Buffer<Float>(count: capacity * max(width, 1), for: "losses")
  }

  /// Continues with the multipliers of another objective with the same terms.
  public func takeMultipliers(of other: TrainingObjective) {
    for (own, others) in zip(parts, other.parts) {
      guard case .tolerance = own.term.strength, own.components == others.components else { continue }
      for component in own.components {
        multipliers.pointer[component] = other.multipliers.pointer[component]
      }
      if let others = others.constraint { own.constraint?.takeMultipliers(of: others) }
    }
  }

  /// The indices of a term's gaps.
  public func components(ofTerm place: Int) -> Range<Int> { parts[place].components }

  /// The state that changes from step to step, for checkpoints.
  public var state: [Buffer<Float>] {
    [multipliers, gaps, judgedGaps] + parts.flatMap { $0.objective.state + ($0.constraint?.state ?? []) }
  }

  /// Recomputes the values that follow from `state` after a checkpoint was loaded.
  public func resume() { for part in parts { part.constraint?.resume() } }

  /// Computes the loss of a batch and its gradient with respect to the outputs.
  ///
  /// - Parameters:
  ///   - batch: the rows; with counterfactuals, `outputs` also has the same number of switched rows.
  ///   - groupings: in the order to which the terms' indices refer.
  ///   - gradients: out, in the shape of `outputs`.
  ///   - share: the share of this batch in the step, if several batches are accumulated.
  /// - Returns: the whole loss, and the prediction loss.
  public func evaluate(
    _ batch: Batch, groupings: [BatchGroups], gradients: UnsafeMutablePointer<Float>, share: Float = 1
  ) -> (loss: Double, prediction: Double) {
    let count = batch.rows * batch.width
    loss.evaluate(batch, losses: losses.pointer, slopes: slopes.pointer)
    let total = batch.weights.map { weighted_sum($0, nil, batch.rows) } ?? Double(batch.rows)
    var prediction = total > 0 ? weighted_sum(losses.pointer, batch.weights, batch.rows) / total : 0
    let scale = total > 0 ? share / Float(total) : 0
    writePredictionGradient(batch, scale: scale, to: gradients)
    let whole = read(batch)
    if needsCounterfactuals { (gradients + count).update(repeating: 0, count: count) }
    var fairness = 0.0
    for part in parts where part.isPenalty ? penaltiesAct : constraintsAct {
      fairness += add(part, batch, groupings[part.term.grouping])
    }
    for signal in signals {
      if share != 1 {
        scale_values(
          signal.gradients.pointer, share,
          batch.rows * signal.columns * (needsCounterfactuals && signal.signal != .loss ? 2 : 1))
      }
      signal.addGradient(signal.signal == .loss ? batch : whole, to: gradients, lossSlopes: slopes.pointer)
    }
    if let anchors = batch.anchors, anchorShare > 0 {
      prediction *= Double(1 - anchorShare)
      prediction += addAnchor(batch, anchors, total: total, scale: scale, to: gradients)
    }
    return (prediction + fairness, prediction)
  }

  /// Computes the signals of a batch and of its switched rows.
  private func read(_ batch: Batch) -> Batch {
    let whole = Batch(
      task: batch.task, rows: needsCounterfactuals ? 2 * batch.rows : batch.rows, width: batch.width,
      outputs: batch.outputs, labels: batch.labels, weights: batch.weights)
    for signal in signals { signal.read(signal.signal == .loss ? batch : whole, losses: losses.pointer) }
    return whole
  }

  /// A term's part of the loss; adds its gradient to the gradient of its signal.
  private func add(_ part: Part, _ batch: Batch, _ groups: BatchGroups) -> Double {
    let signal = signals[part.signal]
    let first = part.components.lowerBound
    if let constraint = part.constraint {
      observe(part, constraint, batch, groups)
      return constraint.addGradient(
        batch, values: signal.values.pointer, groups: groups, to: signal.gradients.pointer)
    }
    part.objective.measure(batch, values: signal.values.pointer, groups: groups, gaps: gaps.pointer + first)
    if let judge = part.judge {
      decide(batch, columns: signal.columns)
      judge.measure(batch, values: decisions.pointer, groups: groups, gaps: judgedGaps.pointer + first)
    }
    var sum = 0.0
    for component in part.components {
      if part.judge == nil { judgedGaps.pointer[component] = gaps.pointer[component] }
      sum += Double(multipliers.pointer[component] * excess(part.term, gaps.pointer[component]))
    }
    part.objective.addGradient(
      batch, values: signal.values.pointer, groups: groups, coefficients: multipliers.pointer + first,
      to: signal.gradients.pointer)
    return sum
  }

  func observe(_ part: Part, _ constraint: GapConstraint, _ batch: Batch, _ groups: BatchGroups) {
    let signal = signals[part.signal]
    if part.judgesDecisions { decide(batch, columns: signal.columns) }
    constraint.observe(
      batch, values: signal.values.pointer,
      decisions: part.judgesDecisions ? UnsafePointer(decisions.pointer) : nil, groups: groups)
  }

  /// Replaces the gradient of the prediction loss by the weighted mean of it and the anchor's gradient.
  private func addAnchor(
    _ batch: Batch, _ anchors: UnsafePointer<Float>, total: Double, scale: Float,
    to gradients: UnsafeMutablePointer<Float>
  ) -> Double {
    // The loss's slopes have been used; the anchor's slopes overwrite them.
    for row in 0..<batch.rows {
      let weight = scale * anchorShare * (batch.weights?[row] ?? 1)
      for index in row * batch.width..<(row + 1) * batch.width {
        gradients[index] -= slopes.pointer[index] * weight
      }
    }
    AnchorLoss(task: task).evaluate(batch, anchors, losses: losses.pointer, slopes: slopes.pointer)
    for row in 0..<batch.rows {
      let weight = scale * anchorShare * (batch.weights?[row] ?? 1)
      for index in row * batch.width..<(row + 1) * batch.width {
        gradients[index] += slopes.pointer[index] * weight
      }
    }
    return total > 0
      ? Double(anchorShare) * weighted_sum(losses.pointer, batch.weights, batch.rows) / total : 0
  }

  /// The constraints on group statistics, in the order of their terms.
  public var constraints: [PlacedConstraint] {
    parts.enumerated().compactMap { index, part in
      part.constraint.map { PlacedConstraint(term: index, constraint: $0) }
    }
  }

  /// Whether a term's gap is measured on decisions.
  public func judgesDecisions(ofTerm place: Int) -> Bool { parts[place].judgesDecisions }

  private func excess(_ term: Term, _ gap: Float) -> Float {
    if case .tolerance(let settings) = term.strength { gap - Float(settings.tolerance) } else { gap }
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
