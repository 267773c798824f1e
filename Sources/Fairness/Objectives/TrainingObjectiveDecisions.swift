// Decisions, and what follows from differences between those of several trainings.
extension TrainingObjective {
  /// Writes the decisions for a batch, (rows, `decisionColumns`).
  public func writeDecisions(_ batch: Batch, to target: UnsafeMutablePointer<Float>) {
    guard decisionColumns > 0 else { return }
    decide(batch, columns: decisionColumns)
    target.update(from: decisions.pointer, count: batch.rows * decisionColumns)
  }

  /// Adds the rows of a batch to estimates of optimism.
  ///
  /// - Parameters:
  ///   - differences: (rows, `decisionColumns`).
  ///   - groupings: in the order to which the terms' indices refer.
  ///   - estimates: one for each of `constraints`.
  public func add(
    _ batch: Batch, differences: UnsafePointer<Float>, groupings: [BatchGroups],
    to estimates: ArraySlice<Optimism>
  ) {
    let constrained = parts.filter { $0.constraint != nil }
    for (part, estimate) in zip(constrained, estimates) where part.judgesDecisions {
      estimate.add(batch, differences: differences, groups: groupings[part.term.grouping])
    }
  }

  /// The decision of each row, 0 or 1 in each column: positive, or the class of the largest logit.
  func decide(_ batch: Batch, columns: Int) {
    let width = batch.width
    for row in 0..<batch.rows {
      let outputs = batch.outputs + row * width
      if columns == 1 {
        decisions.pointer[row] =
          (width == 1 ? outputs[0] : outputs[1] - outputs[0]) >= decisionLogit + decisionOffset ? 1 : 0
        continue
      }
      var best = 0
      for column in 1..<columns where outputs[column] > outputs[best] { best = column }
      for column in 0..<columns { decisions.pointer[row * columns + column] = column == best ? 1 : 0 }
    }
  }
}
