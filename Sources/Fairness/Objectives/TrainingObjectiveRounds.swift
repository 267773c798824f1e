// Rounds of the constraints: passes over rows without a gradient, and the update at the end.
extension TrainingObjective {
  /// Adds rows to the sums of the current round and to a tally of predictions, without a gradient. If the
  /// decision logit has an offset, the rows are judged with it.
  public func observe(_ batch: Batch, groupings: [BatchGroups], tally: inout PredictionTally) {
    guard decisionOffset != 0, batch.width == 1 else {
      return observe(shifted: batch, groupings, &tally)
    }
    let offset = decisionOffset
    for row in 0..<batch.rows { shifted.pointer[row] = batch.outputs[row] - offset }
    decisionOffset = 0
    observe(
      shifted: Batch(
        task: batch.task, rows: batch.rows, width: 1, outputs: shifted.pointer, labels: batch.labels,
        weights: batch.weights), groupings, &tally)
    decisionOffset = offset
  }

  private func observe(shifted batch: Batch, _ groupings: [BatchGroups], _ tally: inout PredictionTally) {
    loss.evaluate(batch, losses: losses.pointer, slopes: slopes.pointer)
    let columns = decisionColumns
    if columns > 0 { decide(batch, columns: columns) }
    tally.add(
      batch, losses: losses.pointer, decisions: columns > 0 ? UnsafePointer(decisions.pointer) : nil,
      columns: max(columns, 1))
    guard parts.contains(where: { $0.constraint != nil || $0.gauge != nil }) else { return }
    for signal in signals { signal.read(batch, losses: losses.pointer) }
    var penalty = 0.0
    for part in parts {
      let groups = groupings[part.term.grouping]
      if let constraint = part.constraint { observe(part, constraint, batch, groups) }
      guard let gauge = part.gauge else { continue }
      gauge.measure(
        batch, values: signals[part.signal].values.pointer, groups: groups,
        gaps: gauged.pointer + part.components.lowerBound)
      for component in part.components {
        penalty += Double(multipliers.pointer[component] * gauged.pointer[component])
      }
    }
    tally.add(penalty: penalty, rows: batch.rows)
  }

  /// Converts a network's outputs, (rows, width), to anchors: logits are replaced by probabilities.
  public static func makeAnchors(_ outputs: UnsafeMutablePointer<Float>, rows: Int, width: Int, task: Task) {
    AnchorLoss.anchors(outputs, rows: rows, width: width, task: task)
  }

  /// Rescales the sums of past rounds to a number of rows, so that later rounds have an effect.
  public func weigh(rows: Int) { for part in parts { part.constraint?.weigh(rows: rows) } }

  /// Clears the sums of the current round, before a pass over all rows.
  public func clearRound() { for part in parts { part.constraint?.clearRound() } }

  /// Ends a round: updates the multipliers of constraints on group statistics by the gaps of the round's
  /// rows, or of all rows.
  ///
  /// - Parameters:
  ///   - memory: the weight of earlier rounds; 0: the sums already cover all rows.
  ///   - pace: a factor for the updates of the multipliers; 0: no update.
  ///   - steps: the number of steps in the round.
  public func settle(memory: Double, pace: Double = 1, steps: Int) {
    for part in parts {
      guard let constraint = part.constraint else { continue }
      constraint.settle(memory: memory, pace: pace, steps: steps)
      for (place, component) in part.components.enumerated() {
        let gap = constraint.gaps(place)
        gaps.pointer[component] = Float(gap.signal)
        judgedGaps.pointer[component] = Float(gap.judged)
        multipliers.pointer[component] = constraint.multiplier(of: place)
      }
    }
  }

  /// Updates the multipliers of all other constraints by the gaps of the last batch; called once per step.
  public func ascend() {
    for part in parts where part.constraint == nil {
      guard case .tolerance(let settings) = part.term.strength else { continue }
      for component in part.components {
        let moved =
          multipliers.pointer[component]
          + Float(settings.rate ?? 0.05) * (judgedGaps.pointer[component] - Float(settings.tolerance))
        multipliers.pointer[component] = min(max(moved, 0), Float(settings.most))
      }
    }
  }
}
