import FairnessKernels

/// The sums of a group as a vector of additive numbers; blocks of rows are resampled in this form.
///
/// Classification: rows, then the confusion table, (1 + classes²). Regression: rows, weight, Σ w (y − s), Σ w
/// (y − s)², Σ w e, Σ w |e|, Σ w e², rows that are not finite, Σ w |e| / |y|; the shift s is the same for all groups.
struct SumsVector {
  let classes: Int
  /// Close to the mean of the labels, which avoids cancellation.
  let shift: Double

  var width: Int { classes > 0 ? 1 + classes * classes : 9 }

  func write(_ group: GroupSums, to numbers: UnsafeMutablePointer<Double>) {
    numbers[0] = Double(group.rows)
    if classes > 0 {
      guard let table = group.confusion else { return }
      for (cell, weight) in table.weights.enumerated() where cell < classes * classes {
        numbers[1 + cell] = weight
      }
    } else if let errors = group.errors {
      let distance = errors.meanLabel - shift
      numbers[1] = errors.weight
      numbers[2] = errors.weight * distance
      numbers[3] = errors.labelSquares + errors.weight * distance * distance
      numbers[4] = errors.error
      numbers[5] = errors.absoluteError
      numbers[6] = errors.squaredError
      numbers[7] = errors.notFinite
      numbers[8] = errors.relativeError ?? .nan
    }
  }

  func read(_ numbers: UnsafePointer<Double>) -> GroupSums {
    let rows = Int(exactly: numbers[0].rounded()) ?? 0
    if classes > 0 {
      let cells = UnsafeBufferPointer(start: numbers + 1, count: classes * classes)
      return GroupSums(rows: rows, confusion: ConfusionSums(classes: classes, weights: Array(cells)))
    }
    var sums = group_cells_error_sums()
    sums.rows = Double(rows)
    sums.weight = numbers[1]
    sums.shift = shift
    sums.shifted_label = numbers[2]
    sums.shifted_label_squared = numbers[3]
    sums.error = numbers[4]
    sums.absolute_error = numbers[5]
    sums.squared_error = numbers[6]
    sums.not_finite = numbers[7]
    sums.relative_error = numbers[8]
    return GroupSums(rows: rows, errors: ErrorSums(sums))
  }
}
