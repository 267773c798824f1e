import Datasets
import Fairness
import Platform
import Testing

@testable import Equipoise
@testable import Tuning

/// A requested tolerance is satisfied: configurations with only data and an objective, on generated tables.
@Suite("Requested tolerances are kept")
struct PromiseTests {
  /// A table whose groups differ in their inputs and in their labels.
  struct Shape: CustomStringConvertible, Sendable {
    let rows: Int
    let baseRate: Double
    /// Of the groups, in shares of the rows.
    let shares: [Double]
    let seed: UInt64
    var description: String { "\(rows) rows, base rate \(baseRate), \(shares.count) groups" }

    func table() throws -> Dataset {
      var random = RandomStream(seed: seed)
      let total = shares.reduce(0, +)
      let shifts = shares.indices.map { _ in random.normal() * 0.8 }
      var (groups, scores): ([Int], [Double]) = ([], [])
      var x = [[Double]](repeating: [], count: 6)
      for _ in 0..<rows {
        var left = random.uniform() * total
        let group =
          shares.firstIndex { share in
            left -= share
            return left < 0
          } ?? 0
        groups.append(group)
        for column in 0..<3 { x[column].append(random.normal() + shifts[group]) }
        for column in 3..<6 { x[column].append(random.normal()) }
        scores.append(
          (x[0].last ?? 0) - 0.6 * (x[1].last ?? 0) + 0.4 * (x[3].last ?? 0) + 0.7 * shifts[group]
            + random.normal() * 0.8)
      }
      let cut = scores.sorted()[min(Int(Double(rows) * (1 - baseRate)), rows - 1)]
      return try Dataset(
        (0..<6).map { try Column(name: "x\($0)", numbers: x[$0]) } + [
          Column(name: "g", texts: groups.map { "g\($0)" }),
          Column(name: "y", integers: scores.map { $0 > cut ? 1 : 0 }),
        ])
    }
  }

  // More tables: Tests/Promise.
  static let shapes = [
    Shape(rows: 120, baseRate: 0.5, shares: [1, 1], seed: 1),
    Shape(rows: 600, baseRate: 0.8, shares: [3, 1], seed: 2),
    Shape(rows: 900, baseRate: 0.15, shares: [1, 1, 1], seed: 3),
    Shape(rows: 3000, baseRate: 0.4, shares: [50, 49, 1], seed: 4),
  ]

  /// The largest difference between groups of at least 30 rows, of a share among the rows that a label picks.
  static func gap(
    _ decisions: [Bool], _ labels: [Bool], _ groups: [String], of label: Bool?
  ) -> Double {
    var counts: [String: (selected: Double, rows: Double)] = [:]
    for row in decisions.indices where label == nil || labels[row] == label {
      counts[groups[row], default: (0, 0)].selected += decisions[row] ? 1 : 0
      counts[groups[row], default: (0, 0)].rows += 1
    }
    let rates = counts.values.filter { $0.rows >= 30 }.map { $0.selected / $0.rows }
    return (rates.max() ?? 0) - (rates.min() ?? 0)
  }

  static func decisions(_ model: Model, _ table: Dataset) throws -> [Bool] {
    try model.predicted(on: table).map { $0 >= 0.5 }
  }

  static func labels(_ table: Dataset) throws -> [Bool] {
    try table.column("y").numbers().array.map { $0 == 1 }
  }
  static func groups(_ table: Dataset) throws -> [String] {
    let found = try table.column("g").categories()
    return found.codes.array.map { found.names[Int($0)] }
  }

  @Test(
    "By default the decisions on all training rows keep the tolerance, and do not select all or none",
    arguments: [shapes[0], shapes[2]], ["logistic", "mlp"])
  func kept(shape: Shape, kind: String) throws {
    let table = try shape.table()
    let (labels, groups) = (try Self.labels(table), try Self.groups(table))
    for (objective, picks) in [("demographic_parity", [nil]), ("equalized_odds", [true, false])]
      as [(String, [Bool?])]
    {
      let (model, report) = try Model.make(#"{"kind": "\#(kind)"}"#).tuned(
        on: table,
        #"{"data": {"label": "y", "sensitive": ["g"]}, "fairness": [{"objective": "\#(objective)", "tolerance": 0.05}]}"#
      )
      let decisions = try Self.decisions(model, table)
      let gap = picks.map { Self.gap(decisions, labels, groups, of: $0) }.max() ?? 1
      let told = try #require(report["constraints"]?.array)
      #expect(told.count == picks.count)
      #expect(gap <= 0.05 + 1e-6, "\(shape), \(kind), \(objective): \(gap)")
      // The report has the same numbers for the same rows.
      let reached = told.compactMap { $0["train"]?["gap"]?.double }.max() ?? 1
      #expect(reached <= 0.05 + 1e-6)
      let selected = Double(decisions.count { $0 }) / Double(decisions.count)
      #expect(selected > 0.01 && selected < 0.99, "\(shape), \(kind), \(objective): \(selected) selected")
      // The report shows the cost: the model without the constraint, which violated it.
      #expect(report["before"]?["overall"]?["accuracy"]?.double ?? 0 > 0.6)
    }
  }

  /// Labels follow from two columns, in one of which groups differ much.
  static func separable(rows: Int, seed: UInt64) throws -> Dataset {
    var random = RandomStream(seed: seed)
    var (groups, labels): ([Int], [Int64]) = ([], [])
    var x = [[Double]](repeating: [], count: 2)
    for _ in 0..<rows {
      let group = random.below(2)
      x[0].append(random.normal() + 1.2 * Double(group))
      x[1].append(random.normal())
      groups.append(group)
      labels.append((x[0].last ?? 0) + 0.6 * (x[1].last ?? 0) > 0.6 ? 1 : 0)
    }
    return try Dataset(
      x.enumerated().map { try Column(name: "x\($0)", numbers: $1) } + [
        Column(name: "g", texts: groups.map { "g\($0)" }), Column(name: "y", integers: labels),
      ])
  }

  // A linear model that keeps the tolerance ranks rows mostly by the other column; its gradient leads to weights that
  // select nearly nobody or everybody. By all directions and thresholds, 0.70 of the rows can be decided rightly.
  @Test("A linear model keeps a tolerance without deciding nearly all rows alike, where groups differ much")
  func linear() throws {
    var right = 0
    for seed in 1...4 as ClosedRange<UInt64> {
      let table = try Self.separable(rows: 1000, seed: seed)
      let (model, _) = try Model.make(#"{"kind": "logistic"}"#).tuned(
        on: table,
        #"{"data": {"label": "y", "sensitive": ["g"]}, "fairness": [{"objective": "demographic_parity", "tolerance": 0.05}], "baseline": false}"#
      )
      let decisions = try Self.decisions(model, table)
      #expect(try Self.gap(decisions, Self.labels(table), Self.groups(table), of: nil) <= 0.05 + 1e-6)
      right += zip(decisions, try Self.labels(table)).count { $0 == $1 }
    }
    #expect(right > 4 * 660, "\(right) of 4000")
  }

  /// Groups with different base rates, a column that gives the group away, and columns of noise, which a large network
  /// memorizes together with the labels.
  private static func memorable(rows: Int, seed: UInt64) throws -> Dataset {
    var random = RandomStream(seed: seed)
    var (groups, labels): ([Int], [Int64]) = ([], [])
    var x = [[Double]](repeating: [], count: 9)
    for _ in 0..<rows {
      let group = random.below(2)
      for column in x.indices { x[column].append(random.normal() + (column == 0 ? 2 * Double(group) : 0)) }
      groups.append(group)
      labels.append((group == 1 ? 1.5 : -1.5) + (x[1].last ?? 0) + 2 * random.normal() > 0 ? 1 : 0)
    }
    return try Dataset(
      x.enumerated().map { try Column(name: "x\($0)", numbers: $1) } + [
        Column(name: "g", texts: groups.map { "g\($0)" }), Column(name: "y", integers: labels),
      ])
  }

  @Test("Cross-fitting tells the gap of rows that a network does not see, and makes it smaller")
  func unseen() throws {
    var gaps: [Bool: Double] = [:]
    var expected = 0.0
    let seeds: [UInt64] = [21, 22, 23]
    for seed in seeds {
      let table = try Self.memorable(rows: 3000, seed: seed)
      let own = try table.selecting(rows: (0..<600).map { $0 })
      let other = try table.selecting(rows: (600..<3000).map { $0 })
      for corrects in [true, false] {
        let (model, report) = try Model.make(#"{"kind": "mlp", "hidden": [64]}"#).tuned(
          on: own,
          #"{"data": {"label": "y", "sensitive": ["g"]}, "train": {"cross_fitting": \#(corrects)}, "fairness": [{"objective": "equal_opportunity", "tolerance": 0.1}]}"#
        )
        let (decisions, labels, groups) = (
          try Self.decisions(model, other), try Self.labels(other), try Self.groups(other)
        )
        gaps[corrects, default: 0] += Self.gap(decisions, labels, groups, of: true) / Double(seeds.count)
        let constraint = try #require(report["constraints"]?[0])
        #expect(constraint["train"]?["gap"]?.double ?? 1 <= 0.1 + 1e-6)
        if corrects {
          expected += try #require(constraint["expected"]?.double) / Double(seeds.count)
        } else {
          #expect(constraint["expected"] == .null)
        }
      }
    }
    let (corrected, plain) = (try #require(gaps[true]), try #require(gaps[false]))
    #expect(corrected < plain - 0.01, "\(corrected), \(plain)")
    // The folds have fewer rows, so that the estimate is cautious.
    #expect(
      expected > 0.05 && expected > corrected - 0.03 && expected < corrected + 0.1,
      "\(expected), \(corrected)"
    )
  }

  @Test("The solution of a convex problem is that of an independent solver, within half a per cent")
  func optimum() throws {
    let table = try Shape(rows: 1000, baseRate: 0.4, shares: [3, 2], seed: 9).table()
    let (labels, groups) = (try Self.labels(table), try Self.groups(table))
    let problem = try ConstrainedLogistic(table, labels: labels, groups: groups)
    let tolerance = problem.solve(tolerance: 1).gap / 2
    let oracle = problem.solve(tolerance: tolerance)
    // Measured on probabilities, so that the problem is smooth; confidence ½ means no margin.
    let (model, _) = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: table, validation: table,
      #"{"data": {"label": "y", "sensitive": ["g"], "include": ["x0", "x1", "x2", "x3", "x4", "x5"]}, "fairness": [{"objective": "demographic_parity", "tolerance": \#(tolerance), "judged_by": "signal", "confidence": 0.5}]}"#
    )
    let ours = ConstrainedLogistic.measure(
      try model.predicted(on: table).map(Double.init), labels: labels, groups: groups)
    #expect(abs(oracle.gap - tolerance) < 1e-3, "\(oracle)")
    #expect(ours.gap < tolerance + 1e-3, "\(ours), \(oracle)")
    #expect(ours.loss < oracle.loss * 1.005, "\(ours), \(oracle)")
  }

  @Test("An unreachable bound is reported: a loss that no model has")
  func infeasible() throws {
    let table = try Self.shapes[1].table()
    let (_, report) = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: table,
      #"{"data": {"label": "y", "sensitive": ["g"]}, "fairness": [{"objective": "bounded_group_loss", "tolerance": 0.01}]}"#
    )
    let constraint = try #require(report["constraints"]?[0])
    #expect(constraint["met"]?.string == "no")
    let notes = try #require(report["notes"]?.array).compactMap(\.string)
    #expect(
      notes.contains { $0.contains("bounded_group_loss by g") && $0.contains("smallest gap") }, "\(notes)")
    // A strict tolerance does not make the model useless.
    #expect(report["after"]?["overall"]?["accuracy"]?.double ?? 0 > 0.75)
  }

  @Test("Groups too small to be estimated are named, and do not decide about all others")
  func smallGroups() throws {
    let table = try Shape(rows: 1500, baseRate: 0.4, shares: [100, 100, 1], seed: 12).table()
    let (model, report) = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: table,
      #"{"data": {"label": "y", "sensitive": ["g"]}, "fairness": [{"objective": "equalized_odds", "tolerance": 0.05}]}"#
    )
    let constraints = try #require(report["constraints"]?.array)
    #expect(constraints.allSatisfy { $0["small_groups"]?.array?.compactMap(\.string) == ["g2"] })
    #expect(report["notes"]?.array?.contains { $0.string?.contains("g2") == true } == true)
    let decisions = try Self.decisions(model, table)
    let right = zip(decisions, try Self.labels(table)).count { $0 == $1 }
    #expect(Double(right) / 1500 > 0.65, "\(right)")
  }

  @Test("No group's statistic gets worse than without the constraint where that is asked")
  func noWorse() throws {
    let table = try Self.shapes[3].table()
    let (_, report) = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: table,
      #"{"data": {"label": "y", "sensitive": ["g"]}, "fairness": [{"objective": "demographic_parity", "tolerance": 0.05}, {"objective": "accuracy_parity", "tolerance": 0.02, "no_worse": true}]}"#
    )
    let entries = try #require(report["constraints"]?.array)
    #expect(entries.count == 2 && entries[1]["train"]?["gap"]?.double != nil)
  }

  /// The difference between the largest and the smallest mean score of a group.
  private static func scoreGap(_ model: Model, _ table: Dataset) throws -> Double {
    var sums: [String: (sum: Double, rows: Double)] = [:]
    for (score, group) in zip(try model.predicted(on: table), try groups(table)) {
      sums[group, default: (0, 0)].sum += Double(score)
      sums[group, default: (0, 0)].rows += 1
    }
    let means = sums.values.map { $0.sum / $0.rows }
    return (means.max() ?? 0) - (means.min() ?? 0)
  }

  @Test(
    "An objective acts by default, on a new model and on a loaded one, and the report compares with the model without it",
    arguments: [
      #""objective": "demographic_parity", "weight": 3"#, #""objective": "covariance", "weight": 10"#,
      #""objective": "covariance", "tolerance": 0.005"#,
      #""objective": "accuracy_parity", "tolerance": 0.5}, {"objective": "demographic_parity", "weight": 3"#,
    ], ["logistic", "mlp"])
  func actsByDefault(objective: String, kind: String) throws {
    let table = try Shape(rows: 1500, baseRate: 0.5, shares: [1, 1], seed: 6).table()
    let fair = #"{"data": {"label": "y", "sensitive": ["g"]}, "fairness": [{\#(objective)}]}"#
    let new = try Model.make(#"{"kind": "\#(kind)"}"#)
    let (plain, _) = try new.tuned(on: table, #"{"data": {"label": "y", "sensitive": ["g"]}}"#)
    let before = try Self.scoreGap(plain, table)
    #expect(before > 0.15)
    for base in [new, plain] {
      let (model, report) = try base.tuned(on: table, fair)
      #expect(try Self.scoreGap(model, table) < 0.6 * before, "\(objective), \(kind)")
      let shown = ["before", "after"].map { report[$0]?["overall"]?["mean_score"]?.double ?? 0 }
      #expect(shown[0] != shown[1])
    }
  }

  @Test("A model that keeps the tolerances ranks before a constant one that keeps them")
  func ranks() {
    func rank(_ violation: Double, _ cost: Double, constant: Bool = false, wrecked: Bool = false)
      -> CandidateRank
    {
      CandidateRank(
        state: [
          "violation": .number(violation), "cost": .number(cost), "constant": .bool(constant),
          "wrecked": .bool(wrecked),
        ])
    }
    let order = [
      rank(0, 0.3), rank(0, 0.4), rank(0, 0.1, constant: true), rank(0.1, 0.1), rank(0.2, 0.05),
      rank(0, 0.1, wrecked: true),
    ]
    for first in order.indices {
      for second in order.indices {
        #expect(order[first].isBetter(than: order[second]) == (first < second), "\(first), \(second)")
      }
    }
  }

  @Test(
    "A precision that no decision defines does not count as kept", arguments: [(Float(2), 0.0), (-2, 1.0)])
  func undefinedPrecision(output: Float, violation: Double) throws {
    let objective = try TrainingObjective(
      loss: CrossEntropy(), task: .binary, width: 1,
      terms: [
        .init(
          name: "g", criterion: .predictiveParity, grouping: 0, groups: 2,
          strength: .tolerance(.init(tolerance: 0.01, minimumCount: 0)), judgesDecisions: true)
      ], capacity: 4)
    // Group 1 is selected only if its output is positive; all selected rows are positive.
    let outputs = try Buffer(copying: [2, -2, output, output] as [Float])
    let labels = try Buffer(copying: [1, 0, 1, 1] as [Float])
    let codes = try Buffer(copying: [0, 0, 1, 1] as [Int32])
    let gradients = try Buffer<Float>(count: 4)
    _ = objective.evaluate(
      Batch(task: .binary, rows: 4, width: 1, outputs: outputs.pointer, labels: labels.pointer),
      groupings: [BatchGroups(codes: codes.pointer, count: 2)], gradients: gradients.pointer)
    objective.settle(memory: 0, steps: 1)
    let rank = withExtendedLifetime((outputs, labels, codes)) {
      CandidateRank(training: Judgement(PredictionTally(), objective.constraints), heldOut: nil)
    }
    #expect(rank.violation == violation)
  }
}

/// Logistic regression with a bound on the difference of two groups' mean probabilities, solved by a long
/// deterministic descent with a quadratic penalty and a multiplier, in double precision: the oracle.
struct ConstrainedLogistic {
  private let inputs: [[Double]]
  private let labels: [Bool]
  private let groups: [String]

  init(_ table: Dataset, labels: [Bool], groups: [String]) throws {
    var columns = try (0..<6).map { try table.column("x\($0)").numbers().array.map(Double.init) }
    for column in columns.indices {
      let mean = columns[column].reduce(0, +) / Double(labels.count)
      columns[column] = columns[column].map { $0 - mean }
    }
    inputs = labels.indices.map { row in columns.map { $0[row] } + [1] }
    self.labels = labels
    self.groups = groups
  }

  static func measure(_ scores: [Double], labels: [Bool], groups: [String]) -> (loss: Double, gap: Double) {
    var (loss, sums, counts) = (0.0, [0.0, 0.0], [0.0, 0.0])
    for row in labels.indices {
      let p = min(max(scores[row], 1e-12), 1 - 1e-12)
      loss -= logarithm(labels[row] ? p : 1 - p)
      let group = groups[row] == "g0" ? 0 : 1
      sums[group] += p
      counts[group] += 1
    }
    return (loss / Double(labels.count), abs(sums[0] / counts[0] - sums[1] / counts[1]))
  }

  func solve(tolerance: Double) -> (loss: Double, gap: Double) {
    var weights = [Double](repeating: 0, count: 7)
    var multiplier = 0.0
    let counts = [Double(groups.count { $0 == "g0" }), Double(groups.count { $0 != "g0" })]
    var scores: [Double] = []
    for _ in 0..<50 {
      for _ in 0..<120 {
        scores = inputs.map { row in 1 / (1 + exponential(-zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }))
        }
        var difference = 0.0
        for row in scores.indices {
          difference += groups[row] == "g0" ? scores[row] / counts[0] : -scores[row] / counts[1]
        }
        let sign = difference > 0 ? 1.0 : -1.0
        let pressure = max(0, multiplier + 2 * (abs(difference) - tolerance)) * sign
        var gradient = [Double](repeating: 0, count: 7)
        for row in scores.indices {
          let p = scores[row]
          let pull = groups[row] == "g0" ? 1 / counts[0] : -1 / counts[1]
          let slope = (p - (labels[row] ? 1 : 0)) / Double(labels.count) + pressure * pull * p * (1 - p)
          for column in 0..<7 { gradient[column] += slope * inputs[row][column] }
        }
        for column in 0..<7 { weights[column] -= 0.7 * gradient[column] }
      }
      let gap = Self.measure(scores, labels: labels, groups: groups).gap
      multiplier = max(0, multiplier + 4 * (gap - tolerance))
    }
    return Self.measure(scores, labels: labels, groups: groups)
  }
}

#if canImport(Glibc)
  import Glibc
  private func exponential(_ x: Double) -> Double { exp(x) }
  private func logarithm(_ x: Double) -> Double { log(x) }
#endif
