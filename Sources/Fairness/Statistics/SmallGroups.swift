/// What a constraint does with groups of too few rows to estimate their statistic.
public enum SmallGroups: String, CaseIterable, Sendable {
  /// The difference of their value to that of all rows counts less two standard errors: what is known of them. Groups of
  /// fewer than a third of the minimum count together as one.
  case bound
  /// They count together as one group; if that is too small as well, they are left out.
  case pool
  /// Their value is shrunk towards that of all rows: n / (n + minimum) of the difference counts.
  case shrink
  /// They have no part in the constraint.
  case leaveOut = "leave_out"
}

/// How the groups of one component enter a constraint: each alone, several pooled, or not at all.
struct GroupPooling {
  /// How the difference between a place's value and that of all rows counts.
  enum Weight: Equatable {
    case whole
    /// Less this many standard errors.
    case lowerBound(errors: Double)
    /// This share of it.
    case share(Double)
  }

  /// For each group the place of its value among `count`; nil: it is left out.
  let places: [Int?]
  /// For each place.
  let weights: [Weight]
  /// The groups of fewer rows than the minimum.
  let small: [Int]

  var count: Int { weights.count }

  /// - Parameters:
  ///   - counts: rows of each group that have a part in the statistic's denominator.
  ///   - minimum: rows from which a group stands for itself.
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
