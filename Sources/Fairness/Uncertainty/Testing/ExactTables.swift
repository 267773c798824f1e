import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Exact tests of a 2 × k table of successes and failures, for expected counts that are too small for χ². The
/// p value is the total probability, given the margins, of all tables that are at most as likely as the
/// observed one (Fisher 1935 for two groups; Freeman and Halton 1951 for more).
struct ExactTables {
  private let trials: [Double]
  private let successes: [Double]
  /// For each group, the maximum number of successes in it and all later groups.
  private let room: [Double]
  private let all: Double

  /// With more tables than this, tables are sampled instead of enumerated.
  private static let mostTables = 200_000.0
  private static let draws = 20_000

  /// - Parameter groups: at least two, with whole counts.
  init(_ groups: [RateCounts]) {
    trials = groups.map(\.trials)
    successes = groups.map(\.successes)
    var room = [0.0]
    for trials in trials.reversed() { room.append((room.last ?? 0) + trials) }
    self.room = room.reversed()
    all = ExactTables.logChoose(trials.reduce(0, +), successes.reduce(0, +))
  }

  private static func logChoose(_ n: Double, _ k: Double) -> Double {
    logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
  }

  /// The logarithm of a table's probability.
  private func logMass(_ counts: [Double]) -> Double {
    zip(trials, counts).reduce(-all) { $0 + ExactTables.logChoose($1.0, $1.1) }
  }

  /// An upper bound of the number of tables.
  private var tables: Double {
    let total = successes.reduce(0, +)
    return trials.dropLast().reduce(1) { $0 * (min($1, total) + 1) }
  }

  /// - Parameter seed: the seed of the draws, if there are too many tables to enumerate.
  func test(_ metric: String, seed: UInt64) -> EqualityTest {
    // The small addition includes tables with the same probability despite rounding.
    let bound = logMass(successes) + 1e-7
    guard tables <= ExactTables.mostTables else {
      return EqualityTest(
        metric: metric, method: "monte_carlo", statistic: nil, degreesOfFreedom: nil,
        pValue: drawn(bound, seed: seed))
    }
    var sum = 0.0
    add(group: 0, left: successes.reduce(0, +), mass: -all, bound, &sum)
    return EqualityTest(
      metric: metric, method: trials.count == 2 ? "fisher_exact" : "freeman_halton", statistic: nil,
      degreesOfFreedom: nil, pValue: min(1, sum))
  }

  /// Adds the probabilities of all tables in which the groups before `group` are fixed.
  private func add(group: Int, left: Double, mass: Double, _ bound: Double, _ sum: inout Double) {
    if group == trials.count - 1 {
      let whole = mass + ExactTables.logChoose(trials[group], left)
      if whole <= bound { sum += exp(whole) }
      return
    }
    var count = max(0, left - room[group + 1])
    while count <= min(trials[group], left) {
      add(
        group: group + 1, left: left - count,
        mass: mass + ExactTables.logChoose(trials[group], count), bound, &sum)
      count += 1
    }
  }

  /// The p value from sampled tables with the same margins: (1 + hits) / (1 + draws) (Phipson and Smyth
  /// 2010).
  private func drawn(_ bound: Double, seed: UInt64) -> Double {
    var stream = RandomStream(seed: seed, purpose: "exact tables")
    var hits = 0
    for _ in 0..<ExactTables.draws {
      var left = successes.reduce(0, +)
      let counts = trials.indices.map { group -> Double in
        let count = stream.hypergeometric(marked: left, others: room[group] - left, draws: trials[group])
        left -= count
        return count
      }
      if logMass(counts) <= bound { hits += 1 }
    }
    return Double(1 + hits) / Double(1 + ExactTables.draws)
  }
}
