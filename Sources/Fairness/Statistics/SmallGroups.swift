/// How a constraint treats groups with too few rows to estimate their statistic.
public enum SmallGroups: String, CaseIterable, Sendable {
  /// The difference of their value from that of all rows is reduced by two standard errors. Groups with fewer
  /// rows than a third of the minimum are treated as one group.
  case bound
  /// They are pooled into one group; if the pool is too small, it is left out.
  case pool
  /// Their value is shrunk towards that of all rows: the difference is multiplied by n / (n + minimum).
  case shrink
  /// They are not part of the constraint.
  case leaveOut = "leave_out"
}

/// How the groups of one component enter a constraint: alone, pooled with others, or not at all.
struct GroupPooling {
  /// How the difference between a place's value and that of all rows is used.
  enum Weight: Equatable {
    case whole
    /// Reduced by this number of standard errors.
    case lowerBound(errors: Double)
    /// Multiplied by this share.
    case share(Double)
  }

  /// For each group, the index of its place, below `count`; nil: the group is left out.
  let places: [Int?]
  /// One weight per place.
  let weights: [Weight]
  /// The groups with fewer rows than the minimum.
  let small: [Int]

  var count: Int { weights.count }

  /// The same places, each used as it is.
  var unweighted: GroupPooling {
    GroupPooling(places: places, weights: weights.map { _ in .whole }, small: small)
  }

  private init(places: [Int?], weights: [Weight], small: [Int]) {
    (self.places, self.weights, self.small) = (places, weights, small)
  }

  /// - Parameters:
  ///   - counts: for each group, the number of rows in the statistic's denominator.
  ///   - minimum: the minimum number of rows of a group that is used alone.
  init(counts: [Double], minimum: Double, policy: SmallGroups) {
    var places = [Int?](repeating: nil, count: counts.count)
    var weights: [Weight] = []
    small = counts.indices.filter { counts[$0] < minimum }
    for group in counts.indices where counts[group] >= minimum {
      places[group] = weights.count
      weights.append(.whole)
    }
    func place(_ groups: [Int], _ weight: Weight) {
      for group in groups { places[group] = weights.count }
      if !groups.isEmpty { weights.append(weight) }
    }
    func rows(_ groups: [Int]) -> Double { groups.reduce(0) { $0 + counts[$1] } }
    switch policy {
    case .leaveOut: break
    case .bound:
      for group in small where counts[group] >= minimum / 3 { place([group], .lowerBound(errors: 2)) }
      let rest = small.filter { counts[$0] < minimum / 3 }
      if rows(rest) >= minimum / 3 { place(rest, rows(rest) >= minimum ? .whole : .lowerBound(errors: 2)) }
    case .pool:
      if rows(small) >= minimum { place(small, .whole) }
    case .shrink:
      for group in small where counts[group] > 0 {
        place([group], .share(counts[group] / (counts[group] + minimum)))
      }
    }
    self.places = places
    self.weights = weights
  }
}
