import Datasets
import Fairness
import Platform

extension Model {
  /// Whether the model ranks rows within queries.
  package var ranks: Bool { adjustments.steps.contains { $0.stage == .ranks } }

  /// The rank of each row within its query, from 1; nil if the model does not rank. Rows without a query form one
  /// further query.
  ///
  /// - Parameter scores: the scores after the adjustments, one per row.
  /// - Throws: `invalidData` if the dataset lacks the column of the queries or of groups, or has a group that is refused.
  package func ranks(_ scores: Buffer<Float>, of dataset: Dataset) throws -> Buffer<Int64>? {
    guard let step = adjustments.steps.first(where: { $0.stage == .ranks }),
      case .ranks(let ranking) = step.change
    else { return nil }
    let ranks = try Buffer<Int64>(count: dataset.rows, for: "ranks")
    guard scores.count == dataset.rows else { return ranks }
    let groups = try adjustments.attribute(of: step)?.groups(of: dataset)
    for query in try RankedQueries(of: dataset, in: adjustments.query).queries {
      try HostCall.check()
      let order = ranking.order(
        query.rows.map { scores.pointer[$0] },
        groups: query.rows.map { row in
          groups.map { Int($0.pointer[row]) } ?? -1
        }, key: query.key)
      for (place, index) in order.enumerated() { ranks.pointer[query.rows[index]] = Int64(place + 1) }
    }
    return ranks
  }
}
