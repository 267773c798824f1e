import Platform
import Testing

@testable import Fairness

@Suite("Groups that are not observed")
struct UnobservedGroupsTests {
  /// Expected weights of groups and of kinds of rows within one cell.
  private struct Margins {
    let groups: [Double]
    let kinds: [Double]
  }

  /// The vertices of the tables (groups × kinds) with these margins: every vertex of a transportation polytope is
  /// reached by filling its cells greedily in some order (Dantzig 1963, chapter 14).
  private static func vertices(_ margins: Margins) -> [[Double]] {
    let (rows, columns) = (margins.groups.count, margins.kinds.count)
    var found: [[Double]] = []
    var order = Array(0..<rows * columns)
    func fill() {
      var (left, free) = (margins.groups, margins.kinds)
      var table = [Double](repeating: 0, count: rows * columns)
      for cell in order {
        let amount = min(left[cell / columns], free[cell % columns])
        table[cell] = amount
        left[cell / columns] -= amount
        free[cell % columns] -= amount
      }
      let isKnown = found.contains { zip($0, table).allSatisfy { abs($0 - $1) < 1e-9 } }
      if !isKnown { found.append(table) }
    }
    func permute(_ place: Int) {
      guard place < order.count - 1 else { return fill() }
      for other in place..<order.count {
        order.swapAt(place, other)
        permute(place + 1)
        order.swapAt(place, other)
      }
    }
    permute(0)
    return found
  }

  /// Rows of a cell: for each label and decision (2 · label + decision) their number, all with the same probabilities.
  private struct Rows {
    var probabilities: [Double] = []
    var decisions: [Bool] = []
    var labels: [Bool] = []
    var cells: [Int] = []

    mutating func add(_ counts: [Int], _ shares: [Double]) {
      let cell = (cells.max() ?? -1) + 1
      for (kind, count) in counts.enumerated() {
        for _ in 0..<count {
          probabilities += shares
          decisions.append(kind % 2 == 1)
          labels.append(kind >= 2)
          cells.append(cell)
        }
      }
    }

    func found(_ groups: Int) -> UnobservedGroups {
      UnobservedGroups(
        probabilities: probabilities, groups: groups, decisions: decisions, labels: labels, cells: cells)
    }
  }

  private static func value(_ value: MetricValue) -> Double { value.number(.undefined) ?? .nan }

  @Test("Ten rows of one cell by hand: half of them in each group, four selected")
  func byHand() {
    var rows = Rows()
    rows.add([6, 4, 0, 0], [0.5, 0.5])
    let found = rows.found(2)
    let rate = found.rate(.selectionRate, 0)
    // The group's 5 rows are selected 2 times in expectation, at most 4 times and at least 0 times (6 are not).
    #expect(Self.value(rate.estimate) == 0.4 && Self.value(rate.lower) == 0 && Self.value(rate.upper) == 0.8)
    let gap = found.difference(.selectionRate, 0, minus: 1)
    #expect(Self.value(gap.estimate) == 0 && Self.value(gap.lower) == -0.8 && Self.value(gap.upper) == 0.8)
    #expect(found.shares == [0.5, 0.5] && Self.value(found.rate(.falsePositiveRate, 1).upper) == 0.8)
    #expect(found.rate(.truePositiveRate, 0).estimate.reason(.undefined) != nil)
  }

  @Test("Probabilities of 0 and 1 are groups: estimate and bounds are the group's rate")
  func known() {
    var rows = Rows()
    rows.add([3, 1, 2, 4], [1, 0])
    rows.add([1, 1, 3, 1], [0, 1])
    let found = rows.found(2)
    for (rate, values) in [
      (UnobservedGroups.Rate.selectionRate, [5.0 / 10, 2.0 / 6]), (.truePositiveRate, [4.0 / 6, 1.0 / 4]),
      (.falsePositiveRate, [1.0 / 4, 1.0 / 2]),
    ] {
      for group in 0...1 {
        let own = found.rate(rate, group)
        for value in [own.estimate, own.lower, own.upper] {
          #expect(abs(Self.value(value) - values[group]) < 1e-12)
        }
      }
      let gap = found.difference(rate, 0, minus: 1)
      #expect(abs(Self.value(gap.lower) - Self.value(gap.upper)) < 1e-12)
    }
  }

  @Test(
    "Bounds of two groups and two cells are the extremes over all tables with these margins (oracle: all vertices)"
  )
  func twoGroups() {
    var random = RandomStream(seed: 12)
    for _ in 0..<12 {
      var rows = Rows()
      var tables: [[[Double]]] = []
      for _ in 0..<2 {
        let counts = (0..<4).map { _ in 1 + random.below(6) }
        let share = Double(1 + random.below(9)) / 10
        rows.add(counts, [share, 1 - share])
        let total = Double(counts.reduce(0, +))
        tables.append(
          Self.vertices(
            Margins(
              groups: [share * total, (1 - share) * total],
              // Positive with and without a positive decision, and all negative ones.
              kinds: [Double(counts[3]), Double(counts[2]), Double(counts[0] + counts[1])])))
      }
      var rates: [(Double, Double)] = []
      for first in tables[0] {
        for second in tables[1] {
          let sum = zip(first, second).map { $0 + $1 }
          guard sum[0] + sum[1] > 1e-9, sum[3] + sum[4] > 1e-9 else { continue }
          rates.append((sum[0] / (sum[0] + sum[1]), sum[3] / (sum[3] + sum[4])))
        }
      }
      let found = rows.found(2)
      let own = found.rate(.truePositiveRate, 0)
      // A bound may be undefined if some table leaves the group without positive rows.
      guard own.lower.number(.undefined) != nil, rates.count == tables[0].count * tables[1].count else {
        continue
      }
      #expect(abs(Self.value(own.lower) - (rates.map(\.0).min() ?? 9)) < 1e-9)
      #expect(abs(Self.value(own.upper) - (rates.map(\.0).max() ?? 9)) < 1e-9)
      let gap = found.difference(.truePositiveRate, 0, minus: 1)
      #expect(abs(Self.value(gap.lower) - (rates.map { $0.0 - $0.1 }.min() ?? 9)) < 1e-9)
      #expect(abs(Self.value(gap.upper) - (rates.map { $0.0 - $0.1 }.max() ?? 9)) < 1e-9)
      #expect(
        Self.value(own.lower) <= Self.value(own.estimate) && Self.value(own.estimate) <= Self.value(own.upper)
      )
    }
  }

  @Test("Bounds of a gap between two of three groups are attained by one table (oracle: all vertices)")
  func threeGroups() {
    var random = RandomStream(seed: 3)
    for _ in 0..<20 {
      let counts = [2 + random.below(9), 2 + random.below(9), 0, 0]
      let (a, b) = (0.1 + 0.3 * random.uniform(), 0.1 + 0.3 * random.uniform())
      let shares = [a, b, 1 - a - b]
      var rows = Rows()
      rows.add(counts, shares)
      let total = Double(counts[0] + counts[1])
      let gaps = Self.vertices(
        Margins(groups: shares.map { $0 * total }, kinds: [Double(counts[1]), Double(counts[0])])
      ).map { $0[0] / (shares[0] * total) - $0[2] / (shares[1] * total) }
      let found = rows.found(3).difference(.selectionRate, 0, minus: 1)
      #expect(abs(Self.value(found.lower) - (gaps.min() ?? 9)) < 1e-9)
      #expect(abs(Self.value(found.upper) - (gaps.max() ?? 9)) < 1e-9)
    }
  }

  @Test("The gap of true groups is within the bounds of their probabilities (property, simulation)")
  func contains() {
    var random = RandomStream(seed: 77)
    for _ in 0..<20 {
      var rows = Rows()
      var (selected, all) = ([0.0, 0.0], [0.0, 0.0])
      for cell in 0..<8 {
        let members = (0..<60).map { _ -> (group: Int, decision: Bool) in
          let group = random.below(8) < cell ? 1 : 0
          // The decision depends on the group within the cell.
          return (group, random.uniform() < (group == 1 ? 0.3 : 0.5))
        }
        let share = Double(members.count { $0.group == 0 }) / 60
        for member in members {
          all[member.group] += 1
          if member.decision { selected[member.group] += 1 }
        }
        let positive = members.count { $0.decision }
        rows.add([60 - positive, positive, 0, 0], [share, 1 - share])
      }
      let gap = selected[0] / all[0] - selected[1] / all[1]
      let found = rows.found(2).difference(.selectionRate, 0, minus: 1)
      #expect(Self.value(found.lower) <= gap + 1e-9 && gap <= Self.value(found.upper) + 1e-9)
    }
  }
}
