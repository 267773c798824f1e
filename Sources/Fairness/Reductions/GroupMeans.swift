import Platform

/// The means of one number s per row, such as the decision or the loss, over each group and over all rows:
///
///     γ(g) = Σ w (a(y) + b(y) s) / Σ w c(y)      over the rows of group g
///
/// The denominator does not depend on s, so that every mean is linear in s.
public struct GroupMeans {
  public let statistic: GroupStatistic
  /// Groups with few rows are pooled; a place is a group or a pool.
  let pooling: GroupPooling
  /// The index of each row's place; `leftOut`: its group is left out; `unknown`: its group is unknown,
  /// and it does not count among all rows either.
  private let places: Buffer<Int32>
  let labels: Buffer<Float>
  let weights: Buffer<Float>?
  /// The group of each row, and the number of groups.
  let codes: Buffer<Int32>
  let groups: Int
  /// Σ w a(y) and Σ w c(y) of each place; the last element is that of all rows.
  private var intercepts: [Double]
  private(set) var denominators: [Double]

  private static let leftOut: Int32 = -1
  private static let unknown: Int32 = -2

  var count: Int { pooling.count }
  /// Whether a place has rows that count.
  func isDefined(_ place: Int) -> Bool { denominators[place] > 0 }

  /// The place's share of the denominator of all rows.
  func share(of place: Int) -> Double { denominators[place] / denominators[count] }
  /// Whether every row belongs to a place that is used as it is.
  var coverAllRows: Bool {
    pooling.weights.allSatisfy { $0 == .whole } && (0..<count).allSatisfy(isDefined)
      && !pooling.places.contains(nil)
  }

  /// - Parameters:
  ///   - codes: the group of each row; rows with other numbers than 0 ..< groups are left out.
  ///   - known: the pooling of other rows, if their groups decide; nil: the groups of these rows do.
  ///   - minimum: the minimum number of rows of a group that is not pooled.
  /// - Throws: `outOfMemory`.
  init(
    _ statistic: GroupStatistic, labels: Buffer<Float>, weights: Buffer<Float>?, codes: Buffer<Int32>,
    groups: Int, minimum: Double, policy: SmallGroups, pooledAs known: GroupPooling? = nil
  ) throws {
    self.statistic = statistic
    self.labels = labels
    self.weights = weights
    (self.codes, self.groups) = (codes, groups)
    var counts = [Double](repeating: 0, count: groups)
    for row in 0..<codes.count where counts.indices.contains(Int(codes.pointer[row])) {
      if statistic.terms(label: labels.pointer[row], column: 0, of: 1).denominator.intercept != 0 {
        counts[Int(codes.pointer[row])] += 1
      }
    }
    pooling = known ?? GroupPooling(counts: counts, minimum: minimum, policy: policy)
    places = try Buffer<Int32>(count: codes.count, for: "groups")
    intercepts = Array(repeating: 0, count: pooling.count + 1)
    denominators = intercepts
    for row in 0..<codes.count {
      let group = Int(codes.pointer[row])
      guard counts.indices.contains(group) else {
        places.pointer[row] = Self.unknown
        continue
      }
      let (n, d) = statistic.terms(label: labels.pointer[row], column: 0, of: 1)
      let weight = Double(weights?.pointer[row] ?? 1)
      let place = pooling.places[group]
      places.pointer[row] = place.map { Int32(truncatingIfNeeded: $0) } ?? Self.leftOut
      for index in [place, pooling.count].compactMap({ $0 }) {
        intercepts[index] += weight * Double(n.intercept)
        denominators[index] += weight * Double(d.intercept)
      }
    }
  }

  /// The mean of each place, then that of all rows; NaN for a place without rows that count.
  func values(of numbers: UnsafePointer<Float>) -> [Double] {
    var sums = intercepts
    forEachRow { row, place, slope in
      let part = slope * Double(numbers[row])
      if place >= 0 { sums[place] += part }
      sums[count] += part
    }
    return zip(sums, denominators).map { $1 > 0 ? $0 / $1 : .nan }
  }

  /// Adds the derivative of Σ multiplier · mean with respect to each row's number.
  ///
  /// - Parameter multipliers: one for each place, then one for all rows.
  func addSlopes(of multipliers: [Double], to slopes: UnsafeMutablePointer<Double>) {
    let factors = zip(multipliers, denominators).map { $1 > 0 ? $0 / $1 : 0 }
    forEachRow { row, place, slope in
      slopes[row] += slope * (factors[count] + (place >= 0 ? factors[place] : 0))
    }
  }

  /// Calls `body` with each row of a known group, its place and w b(y).
  @inline(__always)
  private func forEachRow(_ body: (_ row: Int, _ place: Int, _ slope: Double) -> Void) {
    let (negative, positive) = (
      Double(statistic.numerator.0.slope), Double(statistic.numerator.1.slope)
    )
    for row in 0..<places.count {
      let slope = labels.pointer[row] > 0.5 ? positive : negative
      guard slope != 0, places.pointer[row] != Self.unknown else { continue }
      body(row, Int(places.pointer[row]), slope * Double(weights?.pointer[row] ?? 1))
    }
  }
}
