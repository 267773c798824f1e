/// FA*IR (Zehlike, Bonchi, Castillo, Hajian, Megahed and Baeza-Yates 2017, "FA*IR: a fair top-k ranking algorithm").
///
/// Each beginning of the ranking must have a minimum number of protected rows. The minimum follows from a binomial test
/// against a random ranking, in which every row is protected with the probability p, independently of the others.
public enum FairTopK {
  /// The smallest number m(i) of protected rows among the first i = 1 … `count` rows: the smallest m with F(m; i, p) >
  /// α, where F is the distribution function of the binomial distribution (definition 2, table 2).
  public static func minimums(_ count: Int, share p: Double, significance: Double) -> [Int] {
    var (masses, result) = ([1.0], [Int]())
    for length in 1...max(count, 1) where count > 0 {
      // The masses of length trials, from those of one trial less.
      var next = [Double](repeating: 0, count: length + 1)
      for (successes, mass) in masses.enumerated() {
        next[successes] += mass * (1 - p)
        next[successes + 1] += mass * p
      }
      masses = next
      var (sum, smallest) = (masses[0], 0)
      while smallest < length, sum <= significance {
        smallest += 1
        sum += masses[smallest]
      }
      result.append(smallest)
    }
    return result
  }

  /// The probability that a ranking whose rows are protected with the probability p, independently, has fewer protected
  /// rows than a minimum at some place (section 4.2; by summing over the numbers of protected rows that meet all
  /// minimums).
  public static func failure(_ minimums: [Int], share p: Double) -> Double {
    var passing = [1.0]
    for (index, minimum) in minimums.enumerated() {
      var next = [Double](repeating: 0, count: index + 2)
      for (successes, mass) in passing.enumerated() where mass > 0 {
        next[successes] += mass * (1 - p)
        next[successes + 1] += mass * p
      }
      for successes in 0..<min(minimum, next.count) { next[successes] = 0 }
      passing = next
    }
    return max(0, 1 - passing.reduce(0, +))
  }

  /// The minimums whose probability of failure at any of `count` places is at most `significance`, with the largest
  /// significance of a single place that allows this (section 4.2).
  public static func adjustedMinimums(_ count: Int, share p: Double, significance: Double) -> [Int] {
    let single = minimums(count, share: p, significance: significance)
    guard failure(single, share: p) > significance else { return single }
    var (low, high) = (0.0, significance)
    var best = minimums(count, share: p, significance: 0)
    for _ in 0..<40 {
      let middle = (low + high) / 2
      let table = minimums(count, share: p, significance: middle)
      if failure(table, share: p) <= significance {
        (low, best) = (middle, table)
      } else {
        high = middle
      }
    }
    return best
  }

  /// The ranking with the minimums: the best row of all, or of the protected ones where they have too few (algorithm 2).
  ///
  /// - Parameters:
  ///   - order: the rows, the best first.
  ///   - isProtected: by row.
  ///   - minimums: for the first rows; all further rows follow in their order.
  public static func order(_ order: [Int], isProtected: [Bool], minimums: [Int]) -> [Int] {
    let protected = order.filter { isProtected[$0] }
    // The place of each row in the given order.
    var ranks = [Int](repeating: 0, count: isProtected.count)
    for (place, row) in order.enumerated() { ranks[row] = place }
    let others = order.filter { !isProtected[$0] }
    var (taken, passed) = (0, 0)
    var result: [Int] = []
    result.reserveCapacity(order.count)
    for place in order.indices {
      let minimum = minimums.indices.contains(place) ? minimums[place] : 0
      let hasBoth = taken < protected.count && passed < others.count
      let isNeeded = hasBoth && (taken < minimum || ranks[protected[taken]] < ranks[others[passed]])
      if isNeeded || passed >= others.count {
        result.append(protected[taken])
        taken += 1
      } else {
        result.append(others[passed])
        passed += 1
      }
    }
    return result
  }
}
