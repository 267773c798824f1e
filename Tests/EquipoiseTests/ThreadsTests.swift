import Datasets
import Equipoise
import Glibc
import Platform
import Testing

/// Runs bodies on separate threads, and waits for all.
func onThreads(_ count: Int, _ body: @escaping (Int) -> Void) {
  final class Work {
    let index: Int
    let body: (Int) -> Void
    init(_ index: Int, _ body: @escaping (Int) -> Void) { (self.index, self.body) = (index, body) }
  }
  var threads: [pthread_t] = []
  for index in 0..<count {
    var thread = pthread_t()
    let work = Unmanaged.passRetained(Work(index, body)).toOpaque()
    let status = pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer else { return nil }
        let work = Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue()
        work.body(work.index)
        return nil
      }, work)
    #expect(status == 0)
    threads.append(thread)
  }
  for thread in threads { pthread_join(thread, nil) }
}

@Suite("Threads")
struct ThreadsTests {
  @Test(
    "Eight threads predict with one model, by table and by features, while another tunes from it and audits it"
  )
  func predictingWhileTuning() throws {
    let table = try SyntheticTable.biased(rows: 200)
    let config =
      #"{"data": {"label": "y", "sensitive": ["sex", "race"], "include": ["x1", "x2", "job"]}, "train": {"epochs": 6, "batch_size": 32}, "fairness": [{"objective": "demographic_parity", "tolerance": 0.02}]}"#
    let (model, _) = try Model.make(#"{"hidden": [16, 8]}"#).tuned(on: table, config)
    let expected = try model.predicted(on: table)
    let features: [Float] = [0.5, 3, 0, -0.5, 7, 1]
    var known: [Float] = [0, 0]
    try model.predict(features: features, rows: 2, columns: 3, scores: &known, scoreCount: 2)
    let first = known
    let wrong = Counter()
    onThreads(9) { index in
      do {
        if index == 8 {
          let (tuned, _) = try model.tuned(on: table, config)
          _ = try audit(model, on: table, AuditConfig(json: nil))
          if try tuned.predicted(on: table) == expected { wrong.add() }
          return
        }
        for turn in 0..<60 {
          if index % 2 == 0 || turn % 10 == 0 {
            if try model.predicted(on: table) != expected { wrong.add() }
          } else {
            var scores: [Float] = [0, 0]
            try model.predict(features: features, rows: 2, columns: 3, scores: &scores, scoreCount: 2)
            if scores != first { wrong.add() }
          }
        }
      } catch {
        wrong.add()
      }
    }
    #expect(wrong.value == 0)
  }

  @Test("Four threads tune from one model at once, each as if it were alone")
  func tuningAtOnce() throws {
    let table = try SyntheticTable.biased(rows: 200)
    let config = #"{"data": {"label": "y", "sensitive": ["sex"]}, "train": {"epochs": 3, "batch_size": 32}}"#
    let base = try Model.make(#"{"hidden": [8]}"#)
    let expected = try base.tuned(on: table, config).model.weights()
    let wrong = Counter()
    onThreads(4) { _ in
      if (try? base.tuned(on: table, config).model.weights()) != expected { wrong.add() }
    }
    #expect(wrong.value == 0)
  }
}

/// A counter for several threads.
final class Counter: @unchecked Sendable {
  private var mutex = pthread_mutex_t()
  private var count = 0
  init() { pthread_mutex_init(&mutex, nil) }
  deinit { pthread_mutex_destroy(&mutex) }
  func add() {
    pthread_mutex_lock(&mutex)
    count += 1
    pthread_mutex_unlock(&mutex)
  }
  var value: Int {
    pthread_mutex_lock(&mutex)
    defer { pthread_mutex_unlock(&mutex) }
    return count
  }
}
