import Datasets
import Neighbours
import Platform

/// How similar synthetic rows are to the rows to which the model was fitted, and whether they repeat them.
struct SyntheticFidelity {
  let real: [Column]
  /// The rows to which the model was fitted.
  let learntFrom: [Int]
  /// Held-out rows of the same parts.
  let held: [Int]
  let synthetic: [Column]

  func json(_ work: inout StepWork) throws -> JSONValue {
    let count = synthetic.first?.rows ?? 0
    // The real rows, followed by the synthetic rows.
    let together = try zip(real, synthetic).map { real, synthetic in
      try Dataset.concatenating([Dataset([real.selecting(rows: learntFrom + held)]), Dataset([synthetic])])
        .columns[0]
    }
    let (known, all) = (learntFrom.count, learntFrom.count + held.count)
    let space = try FeatureSpace(together, options: .init(), work)
    var privacy: JSONValue = .null
    if held.count >= 5 {
      let set = try space.encoded(Array(0..<known))
      func median(_ rows: [Int]) throws -> Double {
        let squares = try set.nearest(1, to: space.points(rows)).squares.sorted()
        return Double(squares[squares.count / 2]).squareRoot()
      }
      privacy = [
        "synthetic_to_nearest": .finite(try median((all..<all + count).map { $0 })),
        "held_out_to_nearest": .finite(try median((known..<all).map { $0 })),
      ]
    }
    return [
      "marginals": .array(try together.map { try marginal($0, all) }),
      "pairs": try pairs(together, all, count, &work),
      "discriminator_auc": .finite(try discriminator(together, all, count, &work)), "privacy": privacy,
    ]
  }

  /// For numbers, the maximum difference of the distribution functions; for categories, half the sum of the
  /// absolute differences of shares.
  private func marginal(_ column: Column, _ all: Int) throws -> JSONValue {
    guard column.isNumeric else {
      let categories = try column.categories()
      var shares = [Double](repeating: 0, count: categories.names.count)
      for row in 0..<column.rows {
        shares[Int(categories.codes.pointer[row])] +=
          row < all ? 1 / Double(all) : -1 / Double(column.rows - all)
      }
      return [
        "column": .string(column.name),
        "total_variation": .finite(shares.reduce(0) { $0 + $1.magnitude } / 2),
      ]
    }
    let numbers = try column.doubles()
    let order = (0..<column.rows).sorted { numbers.pointer[$0] < numbers.pointer[$1] }
    var (difference, largest) = (0.0, 0.0)
    for (place, row) in order.enumerated() {
      difference += row < all ? 1 / Double(all) : -1 / Double(column.rows - all)
      let isLast = place + 1 == order.count || numbers.pointer[order[place + 1]] > numbers.pointer[row]
      if isLast { largest = max(largest, difference.magnitude) }
    }
    return ["column": .string(column.name), "kolmogorov_smirnov": .finite(largest)]
  }

  /// The mean and the largest distance of the joint distributions of two columns; null for a single column.
  private func pairs(_ columns: [Column], _ all: Int, _ count: Int, _ work: inout StepWork) throws
    -> JSONValue
  {
    func sample(_ rows: Range<Int>) -> [Int] {
      var rows = Array(rows)
      work.random.shuffle(&rows)
      return Array(rows.prefix(PairDistance.mostRows))
    }
    let bins = try TableBins(columns, rows: Array(0..<all))
    let distance = PairDistance(bins.codes(of: sample(0..<all)), &work.random)
    let found = distance.distances(bins.codes(of: sample(all..<all + count)))
    guard let largest = found.max(), let place = found.firstIndex(of: largest) else { return .null }
    let (first, second) = distance.pairs[place]
    return [
      "mean": .finite(found.reduce(0) { $0 + $1 / Double(found.count) }), "largest": .finite(largest),
      "columns": [.string(columns[first].name), .string(columns[second].name)],
    ]
  }

  /// The area under the ROC curve of a logistic regression that distinguishes synthetic from real rows,
  /// fitted to half of them and measured on the other half; 0.5 if it cannot distinguish them.
  private func discriminator(_ columns: [Column], _ all: Int, _ count: Int, _ work: inout StepWork) throws
    -> Double
  {
    let features = try FeatureMatrix(columns, work: work)
    var order = Array(0..<all + count)
    work.random.shuffle(&order)
    let half = order.count / 2
    let codes = try Buffer<Int32>(count: order.count, for: "labels")
    for (place, row) in order.enumerated() { codes.pointer[row] = place < half ? (row < all ? 0 : 1) : -1 }
    let rows = TransformRows(
      try Dataset(columns), labels: nil, attributes: [], weights: nil, inputs: [],
      roles: .init(label: nil, sensitive: [], weight: ""))
    let model = try LogisticRegression(features, codes: codes, classes: 2, rows: rows, ridge: 1e-3)
    let judged = order.dropFirst(half).map {
      (score: model.probabilities(of: $0, features)[1], isSynthetic: $0 >= all)
    }
    let sorted = judged.sorted { $0.score < $1.score }
    var (rankSum, positives) = (0.0, 0.0)
    var start = 0
    while start < sorted.count {
      var end = start + 1
      while end < sorted.count, sorted[end].score == sorted[start].score { end += 1 }
      for place in start..<end where sorted[place].isSynthetic {
        rankSum += Double(start + end + 1) / 2
        positives += 1
      }
      start = end
    }
    let negatives = Double(sorted.count) - positives
    guard positives > 0, negatives > 0 else { return .nan }
    return (rankSum - positives * (positives + 1) / 2) / (positives * negatives)
  }
}
