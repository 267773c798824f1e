import Configurations
import Platform
import Testing

@testable import Tuning

@Suite("Asynchronous successive halving")
struct AsynchronousHalvingTests {
  private static func search(trials: Int, to: Int = 9, seed: UInt64 = 3) throws -> AsynchronousHalving {
    var config = HalvingConfig()
    config.to = to
    return AsynchronousHalving(
      try #require(SearchPartsTests.plane), trials: trials, config, CandidateOrder(tolerances: []), seed: seed
    )
  }

  private static func trial(_ job: AsynchronousTrials.Job) -> Trial {
    let merit = -SearchPartsTests.loss(job.proposal)
    return Trial(
      number: job.number, point: job.proposal.point, values: [], isComplete: job.proposal.isComplete,
      measurement: Measurement(quality: merit, merit: merit, gaps: []), failure: nil, seconds: 0)
  }

  /// The jobs of a search in the order of their numbers, with workers that finish in a random order.
  ///
  /// - Parameter hands: the number of jobs that are taken at the same time.
  private static func jobs(_ search: AsynchronousHalving, hands: Int, seed: UInt64) -> [AsynchronousTrials
    .Job]
  {
    let trials = AsynchronousTrials(search)
    var random = RandomStream(seed: seed)
    var (all, taken): ([AsynchronousTrials.Job], [AsynchronousTrials.Job]) = ([], [])
    while true {
      while taken.count < hands, trials.hasJob, let job = trials.next() {
        taken.append(job)
        all.append(job)
      }
      guard !taken.isEmpty else { break }
      trials.finish(trial(taken.remove(at: random.below(taken.count))))
    }
    return all.sorted { $0.number < $1.number }
  }

  @Test(
    "The candidates and their budgets do not depend on how many trainings run, and which of them finishes first"
  )
  func order() throws {
    let search = try Self.search(trials: 40)
    let alone = Self.jobs(search, hands: 1, seed: 0)
    #expect(alone.count > 50 && alone.map(\.number) == Array(0..<alone.count))
    for seed in 1...20 as ClosedRange<UInt64> {
      let found = Self.jobs(search, hands: Int(seed) % 5 + 1, seed: seed)
      #expect(found.map(\.proposal.point) == alone.map(\.proposal.point))
      #expect(found.map { $0.proposal.budget?.value } == alone.map { $0.proposal.budget?.value })
    }
  }

  @Test(
    "Whoever continues is among the best third of its budget when it does, and the best candidate comes to the end"
  )
  func promotions() throws {
    let jobs = try Self.jobs(Self.search(trials: 27), hands: 1, seed: 0)
    let budgets = jobs.map { $0.proposal.budget?.value ?? 0 }
    #expect(budgets.filter { $0 == 1 }.count == 27)
    let best = try #require(
      jobs.min { SearchPartsTests.loss($0.proposal) < SearchPartsTests.loss($1.proposal) })
    #expect(jobs.contains { $0.proposal.isComplete && $0.proposal.point == best.proposal.point })
    // With budget 3 some begin before all candidates have had budget 1: nobody waits.
    #expect(try #require(budgets.firstIndex(of: 3)) < #require(budgets.lastIndex(of: 1)))
    var search = try Self.search(trials: 27)
    var (finished, running): ([AsynchronousTrials.Job], [AsynchronousTrials.Job]) = ([], [])
    while true {
      let begun = search.begin()
      for job in begun {
        guard let budget = job.proposal.budget?.value, budget > 1 else { continue }
        let rivals = finished.filter { ($0.proposal.budget?.value ?? 0) * 3 == budget }
        let loss = SearchPartsTests.loss(job.proposal)
        #expect(rivals.filter { SearchPartsTests.loss($0.proposal) < loss }.count < rivals.count / 3)
      }
      running += begun
      guard let place = running.firstIndex(where: { $0.number == search.awaited }) else { break }
      finished.append(running.remove(at: place))
      search.end(Self.trial(finished[finished.count - 1]))
    }
    #expect(finished.count == jobs.count)
  }

  @Test("A search of two candidates ends with the better one at the largest budget")
  func few() throws {
    let jobs = try Self.jobs(Self.search(trials: 2), hands: 2, seed: 1)
    #expect(jobs.map { $0.proposal.budget?.value ?? 0 } == [1, 1, 3, 9])
    let better = SearchPartsTests.loss(jobs[0].proposal) < SearchPartsTests.loss(jobs[1].proposal) ? 0 : 1
    #expect(jobs[3].proposal.point == jobs[better].proposal.point && jobs[3].proposal.isComplete)
  }

  @Test("The front is the same for 1, 2 and 4 threads, and when the search continues from its directory")
  func threads() throws {
    defer { try? WorkerPool.setThreads(0) }
    let search =
      #"{"method": "asha", "trials": 7, "halving": {"to": 4, "keep": 2}, "folds": 1, "space": {"/train/optimizer/learning_rate": {"from": 0.001, "to": 0.1, "scale": "log"}}"#
    var found: [JSONValue] = []
    for threads in [1, 2, 4] as [Int32] {
      try WorkerPool.setThreads(threads)
      found.append(try SearchTests.untimed(SearchTests.front(search + "}")))
    }
    #expect(found[0] == found[1] && found[0] == found[2])
    let folder = try TemporaryDirectory()
    let kept = search + #", "directory": "\#(folder.path)/kept"}"#
    for _ in 0..<2 { #expect(try SearchTests.untimed(SearchTests.front(kept)) == found[0]) }
  }
}
