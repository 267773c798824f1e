import Datasets
import Fairness
import Platform

/// The sets of classes, or the intervals of values, of a dataset's rows.
package enum RowSets {
  /// (rows, classes): 1 if the class is in the row's set, otherwise 0.
  case classes(Buffer<UInt8>, count: Int)
  /// One interval per row, with its bounds.
  case intervals(lower: Buffer<Double>, upper: Buffer<Double>)
}

extension Model {
  /// The step that adds sets or intervals; nil if there is none.
  package var predictionSets: PredictionSets? {
    for step in adjustments.steps { if case .sets(let sets) = step.change { return sets } }
    return nil
  }

  /// The sets of a dataset's rows; nil if the model has none.
  ///
  /// - Parameter scores: the scores after the adjustments.
  /// - Throws: `invalidData` if the dataset lacks a column of groups or quantiles, or has a group that is refused.
  package func sets(_ scores: Buffer<Float>, of dataset: Dataset) throws -> RowSets? {
    guard let step = adjustments.steps.first(where: { $0.stage == .sets }), case .sets(let sets) = step.change
    else { return nil }
    let groups = try adjustments.attribute(of: step)?.groups(of: dataset)
    func group(_ row: Int) -> Int { groups.map { Int($0.pointer[row]) } ?? -1 }
    let rows = dataset.rows
    let width = rows > 0 ? scores.count / rows : 1
    guard sets.kind.isOfClasses else {
      let lower = try Buffer<Double>(count: rows, for: "intervals")
      let upper = try Buffer<Double>(count: rows, for: "intervals")
      let predicted = try adjustments.predictedQuantiles(of: dataset)
      for row in 0..<rows {
        let score = Double(scores.pointer[row])
        let bounds = sets.interval(
          predicted.map { ($0.lower.pointer[row], $0.upper.pointer[row]) } ?? (score, score),
          group: group(row))
        (lower.pointer[row], upper.pointer[row]) = bounds
      }
      return .intervals(lower: lower, upper: upper)
    }
    let count = max(width, 2)
    let members = try Buffer<UInt8>(count: rows * count, for: "sets")
    for row in 0..<rows {
      let bound = sets.bound(group(row))
      let found = PredictionSets.nonconformities(sets.kind, scores.pointer + row * width, width: width)
      for (place, value) in found.enumerated() {
        members.pointer[row * count + place] = value <= bound ? 1 : 0
      }
    }
    return .classes(members, count: count)
  }
}

extension ModelAdjustments {
  /// The predicted quantiles of each row; nil if no columns are named.
  ///
  /// - Throws: `invalidData` if a column is absent, or has a missing value.
  package func predictedQuantiles(of dataset: Dataset) throws -> (
    lower: Buffer<Double>, upper: Buffer<Double>
  )? {
    guard let names = quantiles, names.count == 2 else { return nil }
    let columns = try names.map { name in
      let values = try dataset.column(name).doubles()
      if let row = (0..<values.count).first(where: { !values.pointer[$0].isFinite }) {
        throw Failure.invalidColumn(name, "row \(row): \(values.pointer[row]) is not a predicted quantile")
      }
      return values
    }
    return (columns[0], columns[1])
  }
}
