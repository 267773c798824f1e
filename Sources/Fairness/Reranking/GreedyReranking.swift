/// Deterministic constrained rankings (Geyik, Ambler and Kenthapadi 2019, "Fairness-aware ranking in search and
/// recommendation systems with application to LinkedIn talent search", algorithms 1 to 3): among the first k rows, a group
/// with the target share p has at least ⌊p k⌋ rows, as long as it has further rows, and while possible at most ⌈p k⌉.
public enum GreedyReranking: String, CaseIterable, Sendable {
  /// DetGreedy: the best row of all groups below their maximum.
  case greedy = "det_greedy"
  /// DetCons: the row of the group that soonest reaches its minimum again.
  case conservative = "det_cons"
  /// DetRelaxed: as DetCons, but groups that reach it within the same whole number of places are compared by their best
  /// rows.
  case relaxed = "det_relaxed"
  /// DetConstSort: the rows that the minimums require, moved up as far as these allow.
  case sorted = "det_const_sort"

  /// - Parameters:
  ///   - queues: for each group, its rows, the best first.
  ///   - scores: one finite score per row.
  ///   - shares: the target share of each group, from 0 to 1.
  /// - Returns: all rows, the best first.
  public func order(_ queues: [[Int]], scores: [Float], shares: [Double]) -> [Int] {
    var heads = GroupQueues(queues, scores, shares)
    return self == .sorted ? Self.constrainedSort(&heads) : placeByPlace(&heads)
  }

  private func placeByPlace(_ heads: inout GroupQueues) -> [Int] {
    var result: [Int] = []
    for place in 1...max(heads.total, 1) where heads.total > 0 {
      let left = heads.left
      let below = left.filter { heads.taken($0) < heads.least($0, place) }
      let open = below.isEmpty ? left.filter { heads.taken($0) < heads.most($0, place) } : []
      let chosen: Int?
      if !below.isEmpty {
        chosen = heads.best(below)
      } else if open.isEmpty {
        // Some group has no further rows, and all others have as many as they may.
        chosen = heads.best(left)
      } else {
        chosen = next(open, place, heads)
      }
      if let chosen, let row = heads.take(chosen) { result.append(row) }
    }
    return result
  }

  /// The group of the next row, among those that may have it.
  private func next(_ open: [Int], _ place: Int, _ heads: GroupQueues) -> Int? {
    func due(_ group: Int) -> Double {
      let share = heads.shares[group]
      guard share > 0 else { return .infinity }
      let due = Double(heads.most(group, place)) / share
      return self == .relaxed ? (due - 1e-9).rounded(.up) : due
    }
    switch self {
    case .greedy, .sorted: return heads.best(open)
    case .conservative, .relaxed:
      let soonest = open.map(due).min() ?? .infinity
      return heads.best(open.filter { due($0) <= soonest + 1e-9 || soonest == .infinity })
    }
  }

  private static func constrainedSort(_ heads: inout GroupQueues) -> [Int] {
    // For each place so far: the row, and the last place, from 1, at which it meets its group's minimum.
    var placed: [(row: Int, latest: Int)] = []
    while placed.count < heads.total {
      // The next place at which a minimum rises.
      let rises = heads.left.map { (group: $0, place: heads.nextRise($0)) }
      guard let place = rises.compactMap(\.place).min() else {
        while let group = heads.best(heads.left), let row = heads.take(group) { placed.append((row, .max)) }
        break
      }
      var risen = rises.filter { $0.place == place }.map(\.group)
      while let group = heads.best(risen) {
        risen.removeAll { $0 == group }
        guard let row = heads.take(group) else { continue }
        placed.append((row, max(place, placed.count + 1)))
        var at = placed.count - 1
        // The row before may move to the place at + 1 if this is not after its latest one.
        while at > 0, placed[at - 1].latest >= at + 1,
          heads.scores[placed[at - 1].row] < heads.scores[placed[at].row]
        {
          placed.swapAt(at - 1, at)
          at -= 1
        }
      }
    }
    return placed.map(\.row)
  }
}

/// The rows of each group that are not ranked yet.
private struct GroupQueues {
  private let queues: [[Int]]
  let scores: [Float]
  let shares: [Double]
  let total: Int
  private var places: [Int]

  init(_ queues: [[Int]], _ scores: [Float], _ shares: [Double]) {
    (self.queues, self.scores, self.shares) = (queues, scores, shares)
    total = queues.reduce(0) { $0 + $1.count }
    places = [Int](repeating: 0, count: queues.count)
  }

  /// The groups with further rows.
  var left: [Int] { queues.indices.filter { places[$0] < queues[$0].count } }

  func taken(_ group: Int) -> Int { places[group] }

  // The small numbers prevent ⌊ ⌋ and ⌈ ⌉ from changing a product that should be a whole number.
  func least(_ group: Int, _ place: Int) -> Int { Int((shares[group] * Double(place) + 1e-9).rounded(.down)) }
  func most(_ group: Int, _ place: Int) -> Int { Int((shares[group] * Double(place) - 1e-9).rounded(.up)) }

  /// The next place at which the group's minimum exceeds the number of its ranked rows; nil if there is none.
  func nextRise(_ group: Int) -> Int? {
    guard shares[group] > 0 else { return nil }
    let place = (Double(places[group] + 1) / shares[group] - 1e-9).rounded(.up)
    guard place < Double(Int32.max) else { return nil }
    return Int(place)
  }

  /// The group with the best next row; among equal ones the row that comes first.
  func best(_ groups: [Int]) -> Int? {
    groups.max { a, b in
      let (first, second) = (queues[a][places[a]], queues[b][places[b]])
      return scores[first] != scores[second] ? scores[first] < scores[second] : first > second
    }
  }

  mutating func take(_ group: Int) -> Int? {
    guard places[group] < queues[group].count else { return nil }
    places[group] += 1
    return queues[group][places[group] - 1]
  }
}
