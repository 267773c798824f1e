import Datasets
import Equipoise
import Platform
import Testing

@testable import Tuning

@Suite("Trainings at once share the processors")
struct SharedProcessorsTests {
  @Test(
    "Four plans side by side on a budget of two threads give the weights that each gives alone with all threads"
  )
  func fourPlans() throws {
    let table = try SyntheticTable.biased(rows: 300)
    func plan(_ seed: Int) throws -> TuningPlan {
      let config = try FineTuneConfig(
        json: #"""
          {"data": {"label": "y", "sensitive": ["sex"]}, "train": {"epochs": 3, "seed": \#(seed)},
           "fairness": [{"objective": "demographic_parity", "tolerance": 0.1}], "baseline": false}
          """#)
      return try TuningPlan(Model.make(#"{"hidden": [8]}"#), config)
    }
    func weights(_ seed: Int) throws -> [[Float]] {
      try plan(seed).run(table, nil, from: (table, nil), nil).model.weights()
    }
    let alone = try (0..<4).map(weights)
    #expect(Set(alone).count == 4)
    let together = Results(4)
    ThreadBudget(2).within {
      WorkerPool.run(shards: 4) { seed in together.set(seed, try? weights(seed)) }
    }
    #expect(together.all == alone)
  }
}

/// The results of each plan.
private final class Results: @unchecked Sendable {
  private let lock = Lock()
  private var values: [[[Float]]?]
  init(_ count: Int) { values = Array(repeating: nil, count: count) }
  func set(_ place: Int, _ value: [[Float]]?) { lock.withLock { values[place] = value } }
  var all: [[[Float]]] { lock.withLock { values.compactMap { $0 } } }
}
