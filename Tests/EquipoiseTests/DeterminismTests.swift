import Datasets
import Equipoise
import Platform
import Testing

@Suite("Determinism")
struct DeterminismTests {
  static let config =
    #"{"data": {"label": "y", "sensitive": ["sex", "race"]}, "train": {"epochs": 3, "batch_size": 200, "seed": 11}, "fairness": [{"objective": "demographic_parity", "tolerance": 0.05}, {"objective": "accuracy_parity", "attribute": "race", "weight": 0.2}]}"#

  func weights(seed: Int = 11) throws -> [Float] {
    try Model.make(#"{"hidden": [64, 32], "dropout": 0.1}"#).tuned(
      on: SyntheticTable.biased(), Self.config.replacing(#""seed": 11"#, with: #""seed": \#(seed)"#)
    ).model.weights().flatMap { $0 }
  }

  @Test("The same seed gives the same weights; another seed gives others")
  func seeds() throws {
    let first = try weights()
    #expect(try first == weights())
    #expect(try first != weights(seed: 12))
  }

  // In a separate process, because the number of threads is a setting of the process.
  @Test("One thread and two give close weights")
  func threads() async {
    await #expect(processExitsWith: .success) {
      try WorkerPool.setThreads(1)
      let one = try DeterminismTests().weights()
      try WorkerPool.setThreads(2)
      #expect(largestDifference(one, try DeterminismTests().weights()) < 1e-4)
    }
  }

  // With four threads of the process a batch is four shards, whose gradients are added in order.
  @Test("Every budget gives the same weights, bit by bit")
  func budgets() async {
    await #expect(processExitsWith: .success) {
      try WorkerPool.setThreads(1)
      let undivided = try DeterminismTests().weights()
      try WorkerPool.setThreads(4)
      let all = try DeterminismTests().weights()
      #expect(all != undivided)
      for threads in 1...3 {
        #expect(try ThreadBudget(threads).within { try DeterminismTests().weights() } == all)
      }
    }
  }
}
