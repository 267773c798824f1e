import Platform
import Testing

@testable import Fairness

/// The expected numbers are those of Fairlearn 0.15.0 (`ExponentiatedGradient` and `GridSearch`) on the same
/// rows, with an estimator that assigns the weighted majority, or mean, to each value of the only column.
@Suite("Reductions")
struct ReductionTests {
  /// A table with one column of four values, two groups and labels, by counts.
  private struct Table {
    private static let counts: [(x: Int, group: Int32, label: Float, count: Int)] = [
      (0, 0, 0, 9), (0, 0, 1, 2), (0, 1, 0, 14), (0, 1, 1, 3), (1, 0, 0, 6), (1, 0, 1, 5), (1, 1, 0, 9),
      (1, 1, 1, 7), (2, 0, 0, 4), (2, 0, 1, 9), (2, 1, 0, 5), (2, 1, 1, 6), (3, 0, 0, 2), (3, 0, 1, 12),
      (3, 1, 0, 1), (3, 1, 1, 6),
    ]
    let x: [Int]
    let codes: Buffer<Int32>
    let labels: Buffer<Float>

    init() throws {
      x = Self.counts.flatMap { Array(repeating: $0.x, count: $0.count) }
      codes = try Buffer(copying: Self.counts.flatMap { Array(repeating: $0.group, count: $0.count) })
      labels = try Buffer(copying: Self.counts.flatMap { Array(repeating: $0.label, count: $0.count) })
    }

    func problem(
      _ statistics: [GroupStatistic], _ disparity: Disparity = .overall,
      _ bound: ReductionTerm.Bound = .difference, tolerance: Double,
      goal: ReductionProblem.Goal = .errors
    ) throws -> ReductionProblem {
      try ReductionProblem(
        goal, labels: labels, weights: nil,
        [
          ReductionTerm(
            statistics, disparity, bound, ConstraintSettings(tolerance: tolerance, minimumCount: 0),
            codes: codes, groups: 2)
        ])
    }

    /// One number per value of the column as one per row.
    func spread(_ cells: [Double]) -> [Float] { x.map { Float(cells[$0]) } }

    /// The decisions, per value of the column, with the smallest cost.
    func majority(_ costs: Buffer<Double>) -> [Double] {
      var sums = [0.0, 0, 0, 0]
      for row in x.indices { sums[x[row]] += costs.pointer[row] }
      return sums.map { $0 < 0 ? 1 : 0 }
    }

    /// The weighted mean of the labels per value of the column.
    func means(_ weights: Buffer<Double>) -> [Double] {
      var (sums, totals) = ([0.0, 0, 0, 0], [0.0, 0, 0, 0])
      for row in x.indices {
        sums[x[row]] += weights.pointer[row] * Double(labels.pointer[row])
        totals[x[row]] += weights.pointer[row]
      }
      return zip(sums, totals).map { $0 / $1 }
    }
  }

  /// Solves a problem with an exact learner over the values of the column.
  private func solve(
    _ table: Table, _ problem: ReductionProblem, _ method: ExponentiatedGradient = ExponentiatedGradient(),
    asked: (([Double]) -> Void)? = nil
  ) throws -> (solution: ReductionSolution, cells: [[Double]], mixed: [Double]) {
    var (last, cells): ([Double], [[Double]]) = ([], [])
    let solution = try method.solve(problem) { multipliers in
      asked?(multipliers)
      let costs = try problem.costs(multipliers)
      last = problem.goal == .errors ? table.majority(costs) : table.means(costs)
      let answers = table.spread(last)
      let numbers =
        problem.goal == .errors
        ? answers
        : answers.enumerated().map { ($1 - table.labels.pointer[$0]) * ($1 - table.labels.pointer[$0]) }
      // The spread is that of |answer - label|.
      let wrong = answers.enumerated().map { Double(abs($1 - table.labels.pointer[$0])) }
      let mean = wrong.reduce(0, +) / Double(wrong.count)
      let variance = wrong.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(wrong.count - 1)
      return ReductionAnswer(
        error: problem.error(of: numbers), spread: variance.squareRoot(),
        excesses: problem.excesses(of: numbers))
    } accept: {
      cells.append(last)
    }
    let mixed = (0..<4).map { cell in
      zip(solution.mixture, cells).reduce(0) { $0 + $1.0 * $1.1[cell] }
    }
    return (solution, cells, mixed)
  }

  private func expect(_ values: [Double], near expected: [Double], within tolerance: Double = 1e-9) {
    #expect(
      values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) <= tolerance },
      "\(values) instead of \(expected)")
  }

  @Test("Demographic parity, equalized odds, error parity and a ratio give Fairlearn's mixtures")
  func mixtures() throws {
    let table = try Table()
    let parity = try solve(table, table.problem([.selectionRate], tolerance: 0.05))
    expect(parity.mixed, near: [0, 1, 1, 0.9272237196765497])
    #expect(abs(parity.solution.gap) < 1e-9)
    expect(parity.solution.multipliers.sorted(), near: [0, 0, 0, 1.9811320754716977])

    var method = ExponentiatedGradient()
    method.bound = 50
    let odds = try solve(
      table, table.problem([.falsePositiveRate, .truePositiveRate], tolerance: 0.04), method)
    expect(odds.mixed, near: [0, 0.9534883720930223, 1, 1])
    expect(odds.solution.multipliers.sorted().suffix(2), near: [0, 0.3837209302325583])

    // Parity of accuracies is parity of error rates.
    let errors = try solve(table, table.problem([.accuracy], tolerance: 0.02))
    expect(errors.mixed, near: [0, 0, 0.888349514563107, 1])
    expect(errors.solution.multipliers.sorted().suffix(2), near: [0, 1.4271844660194175])

    let ratio = try solve(table, table.problem([.selectionRate], .overall, .ratio(0.8), tolerance: 0))
    expect(ratio.mixed, near: [0, 0.07223113964687043, 1, 1])
    expect(ratio.solution.multipliers.sorted().suffix(2), near: [0, 0.3069823434991978])
  }

  @Test("Without the linear program the multipliers and the gap are Fairlearn's, step by step")
  func steps() throws {
    let table = try Table()
    var method = ExponentiatedGradient()
    (method.steps, method.usesProgram) = (12, false)
    var asked: [[Double]] = []
    let (solution, _, mixed) = try solve(
      table, table.problem([.selectionRate], tolerance: 0.05), method, asked: { asked.append($0) })
    // In Fairlearn's order: all upper bounds, then all lower bounds.
    func ordered(_ multipliers: [Double]) -> [Double] { [0, 2, 1, 3].map { multipliers[$0] } }
    for expected in [
      [20.0, 20.0, 20.0, 20.0],
      [20.036408267265884, 19.957189359965714, 19.95560818071223, 20.034820811612935],
      [20.182040021131517, 19.786208960678355, 19.778372038974197, 20.17404631865975],
      [20.291011367411414, 19.634905016224973, 19.622001606085586, 20.277676785879176],
    ] {
      #expect(asked.map(ordered).contains { zip($0, expected).allSatisfy { abs($0 - $1) < 1e-9 } })
    }
    #expect(abs(solution.gap - 2.4293853936598278) < 1e-9)
    expect(mixed, near: [0, 7.0 / 12, 1, 1])
  }

  @Test("A bound on the groups' losses gives Fairlearn's regression")
  func losses() throws {
    let table = try Table()
    let (solution, _, mixed) = try solve(
      table, table.problem([.meanLoss], .largest, tolerance: 0.18, goal: .losses))
    expect(
      mixed, near: [0.17648808829345008, 0.4375592556555703, 0.5463299287917973, 0.8571428571419949],
      within: 1e-6)
    #expect(abs(solution.gap) < 1e-9)
  }

  @Test("The gap between the largest and the smallest group is within the tolerance, with three groups")
  func worst() throws {
    var random = RandomStream(seed: 11)
    let codes = try Buffer(copying: (0..<300).map { _ in Int32(random.below(3)) })
    let x = codes.elements.map { min(Int($0) + random.below(3), 3) }
    let labels = try Buffer(copying: x.map { random.uniform() < 0.15 + 0.22 * Double($0) ? Float(1) : 0 })
    let problem = try ReductionProblem(
      .errors, labels: labels, weights: nil,
      [
        ReductionTerm(
          [.selectionRate], .worst, .difference, ConstraintSettings(tolerance: 0.1), codes: codes, groups: 3)
      ])
    var (last, found): ([Float], [[Float]]) = ([], [])
    let solution = try ExponentiatedGradient().solve(problem) { multipliers in
      let costs = try problem.costs(multipliers)
      var sums = [0.0, 0, 0, 0]
      for row in x.indices { sums[x[row]] += costs.pointer[row] }
      last = x.map { sums[$0] < 0 ? 1 : 0 }
      return ReductionAnswer(
        error: problem.error(of: last), spread: 0.5, excesses: problem.excesses(of: last))
    } accept: {
      found.append(last)
    }
    let mixed = x.indices.map { row in
      zip(solution.mixture, found).reduce(Float(0)) { $0 + Float($1.0) * $1.1[row] }
    }
    let rates = (0..<3).map { group in
      let rows = codes.elements.indices.filter { codes.pointer[$0] == Int32(group) }
      return rows.reduce(0) { $0 + Double(mixed[$1]) } / Double(rows.count)
    }
    let gap = (rates.max() ?? 0) - (rates.min() ?? 0)
    #expect(abs(gap - 0.1) < 1e-6, "the bound is reached and not exceeded: \(gap)")
  }

  @Test("The grid has Fairlearn's points and predictors; the best keeps the bound with the fewest errors")
  func grid() throws {
    let table = try Table()
    let problem = try table.problem([.selectionRate], tolerance: 0.1)
    var search = MultiplierSearch()
    (search.size, search.limit) = (9, 2)
    var cells: [[Double]] = []
    let points = try search.solve(problem) { multipliers in
      cells.append(try table.majority(problem.costs(multipliers)))
      let decisions = table.spread(cells[cells.count - 1])
      return ReductionAnswer(
        error: problem.error(of: decisions), spread: 0, excesses: problem.excesses(of: decisions))
    } accept: {
    }
    expect(
      points.map { $0.multipliers[0] - $0.multipliers[1] }, near: [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2])
    let low: [Double] = [0, 0, 1, 1]
    let high: [Double] = [0, 1, 1, 1]
    #expect(cells == Array(repeating: low, count: 6) + [high, high, [0, 1, 1, 0]])
    #expect(cells[ReductionAnswer.best(of: points.map(\.answer))] == high)
  }

  @Test("The program's mixture and multipliers are those of a game solved by hand")
  func program() throws {
    // Errors 0 and 1; the constraint is exceeded by 0.5 and kept by 0.25. Two thirds of the second keep it; the
    // multiplier is the error that a unit of the constraint costs, 1 / 0.75.
    let solved = try MixtureProgram(errors: [0, 1], excesses: [[0.5], [-0.25]], bound: 100)
    expect(solved.mixture, near: [1.0 / 3, 2.0 / 3])
    expect(solved.multipliers, near: [4.0 / 3])
    // A violation is cheaper than its error if the multipliers may not grow so far.
    let bounded = try MixtureProgram(errors: [0, 1], excesses: [[0.5], [-0.25]], bound: 1)
    expect(bounded.mixture, near: [1, 0])
    expect(bounded.multipliers, near: [1])
    // Without a violation there is nothing to pay.
    let free = try MixtureProgram(errors: [0.2, 0.1], excesses: [[-0.1, -0.2], [0, -0.3]], bound: 10)
    expect(free.mixture, near: [0, 1])
    expect(free.multipliers, near: [0, 0])
  }

  @Test("With many groups, the difference of each from all rows keeps the gap within the tolerance")
  func manyGroups() throws {
    let groups = 24
    let codes = try Buffer(copying: (0..<2400).map { Int32($0 % groups) })
    let labels = try Buffer(
      copying: (0..<2400).map { row in
        (row / groups) % 100 < 20 + 2 * (row % groups) ? Float(1) : 0
      })
    let problem = try ReductionProblem(
      .errors, labels: labels, weights: nil,
      [
        ReductionTerm(
          [.selectionRate], .worst, .difference, ConstraintSettings(tolerance: 0.1), codes: codes,
          groups: groups)
      ])
    #expect(problem.constraintCount == 2 * groups)
    // A learner that sees the group decides each group by its cost.
    var (last, found): ([Float], [[Float]]) = ([], [])
    let solution = try ExponentiatedGradient().solve(problem) { multipliers in
      let costs = try problem.costs(multipliers)
      last = (0..<2400).map { costs.pointer[$0] < 0 ? 1 : 0 }
      return ReductionAnswer(
        error: problem.error(of: last), spread: 0.5, excesses: problem.excesses(of: last))
    } accept: {
      found.append(last)
    }
    let rates = (0..<groups).map { group in
      stride(from: group, to: 2400, by: groups).reduce(0.0) { sum, row in
        sum + zip(solution.mixture, found).reduce(0) { $0 + $1.0 * Double($1.1[row]) }
      } / 100
    }
    #expect((rates.max() ?? 0) - (rates.min() ?? 0) <= 0.1 + 1e-6)
  }
}
