import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// P(class | features) by multinomial logistic regression with a small ridge penalty. It is fitted by
/// gradient descent with Nesterov's momentum; the step size comes from a bound of the curvature (Böhning
/// 1992: half of the features' second moments).
struct LogisticRegression {
  let classes: Int
  let width: Int
  /// (classes, width + 1); the intercept is last.
  private(set) var coefficients: [Double]

  /// - Parameters:
  ///   - codes: the class of each row; rows with -1 are left out.
  ///   - ridge: the penalty added to the mean loss is ridge / 2 · ‖coefficients‖², without intercepts.
  init(_ features: FeatureMatrix, codes: Buffer<Int32>, classes: Int, rows: TransformRows, ridge: Double)
    throws
  {
    (self.classes, width) = (classes, features.width)
    let (lines, columns) = (features.rows, features.width + 1)
    coefficients = try .filled(with: 0, count: classes * columns, for: "coefficients")
    var total = 0.0
    var bound = 0.0
    for row in 0..<lines where codes.pointer[row] >= 0 {
      let weight = rows.weight(row)
      var squares = 1.0
      for j in 0..<width {
        let value = Double(features.values.pointer[row * width + j])
        squares += value * value
      }
      total += weight
      bound += weight * squares
    }
    guard total > 0 else { return }
    let rate = 1 / (0.5 * bound / total + ridge)
    var ahead = coefficients
    var momentum = 1.0
    for iteration in 0..<500 {
      try HostCall.check()
      let gradient = gradient(features, codes, rows, at: ahead, total: total, ridge: ridge)
      var next = ahead
      var change = 0.0
      for place in next.indices {
        next[place] -= rate * gradient[place]
        change = max(change, abs(gradient[place]))
      }
      let following = (1 + (1 + 4 * momentum * momentum).squareRoot()) / 2
      for place in next.indices {
        ahead[place] = next[place] + (momentum - 1) / following * (next[place] - coefficients[place])
      }
      (coefficients, momentum) = (next, following)
      if change < 1e-6, iteration > 0 { break }
    }
  }

  private func gradient(
    _ features: FeatureMatrix, _ codes: Buffer<Int32>, _ rows: TransformRows, at point: [Double],
    total: Double,
    ridge: Double
  ) -> [Double] {
    let columns = width + 1
    let shards = WorkerPool.shards(of: features.rows, minimum: 4096)
    var parts = [[Double]](repeating: [], count: shards.count)
    parts.withUnsafeMutableBufferPointer { parts in
      let parts = parts
      WorkerPool.run(shards: shards.count) { shard in
        var sums = [Double](repeating: 0, count: classes * columns)
        var scores = [Double](repeating: 0, count: classes)
        for row in shards[shard] where codes.pointer[row] >= 0 {
          probabilities(features.values.pointer + row * width, point, &scores)
          let weight = rows.weight(row)
          for label in 0..<classes {
            let error = weight * (scores[label] - (Int(codes.pointer[row]) == label ? 1 : 0))
            if error == 0 { continue }
            for j in 0..<width {
              sums[label * columns + j] += error * Double(features.values.pointer[row * width + j])
            }
            sums[label * columns + width] += error
          }
        }
        parts[shard] = sums
      }
    }
    var result = [Double](repeating: 0, count: classes * columns)
    for part in parts { for place in result.indices { result[place] += part[place] } }
    for place in result.indices {
      result[place] = result[place] / total + (place % columns < width ? ridge * point[place] : 0)
    }
    return result
  }

  private func probabilities(_ row: UnsafePointer<Float>, _ point: [Double], _ scores: inout [Double]) {
    var greatest = -Double.infinity
    for label in 0..<classes {
      var sum = point[label * (width + 1) + width]
      for j in 0..<width { sum += point[label * (width + 1) + j] * Double(row[j]) }
      scores[label] = sum
      greatest = max(greatest, sum)
    }
    var total = 0.0
    for label in 0..<classes {
      scores[label] = exp(scores[label] - greatest)
      total += scores[label]
    }
    for label in 0..<classes { scores[label] /= total }
  }

  /// P(class | row) for each class.
  func probabilities(of row: Int, _ features: FeatureMatrix) -> [Double] {
    var scores = [Double](repeating: 0, count: classes)
    probabilities(features.values.pointer + row * width, coefficients, &scores)
    return scores
  }
}
