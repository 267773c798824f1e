/// What a constraint does with groups of too few rows to estimate their statistic.
public enum SmallGroups: String, CaseIterable, Sendable {
  /// They count together as one group; if that is too small as well, they are left out.
  case pool
  /// Their value is shrunk towards that of all rows: n / (n + minimum) of the difference counts.
  case shrink
  /// They have no part in the constraint.
  case leaveOut = "leave_out"
}

/// How the groups of one component enter a constraint: each alone, several pooled, or not at all.
struct GroupPooling {
  /// For each group the place of its value among `count`; nil: it is left out.
  let places: [Int?]
  let count: Int
  /// For each place the share of the difference to all rows that counts.
  let shares: [Double]
  /// The groups of fewer rows than the minimum.
  let small: [Int]

  /// - Parameters:
  ///   - counts: rows of each group that have a part in the statistic's denominator.
  ///   - minimum: rows from which a group stands for itself.
  init(counts: [Double], minimum: Double, policy: SmallGroups) {
    var places = [Int?](repeating: nil, count: counts.count)
    var shares: [Double] = []
    small = counts.indices.filter { counts[$0] < minimum }
    for group in counts.indices where counts[group] >= minimum {
      places[group] = shares.count
      shares.append(1)
    }
    switch policy {
    case .leaveOut: break
    case .pool:
      if !small.isEmpty, small.reduce(0, { $0 + counts[$1] }) >= minimum {
        for group in small { places[group] = shares.count }
        shares.append(1)
      }
    case .shrink:
      for group in small where counts[group] > 0 {
        places[group] = shares.count
        shares.append(counts[group] / (counts[group] + minimum))
      }
    }
    self.places = places
    self.shares = shares
    count = shares.count
  }
}
