import Platform
import Testing

@Suite("Worker pool", .serialized)
struct WorkerPoolTests {
  @Test("Every shard runs once, whatever the number of threads", arguments: [1, 2, 3, 8])
  func everyShardOnce(threads: Int32) throws {
    try WorkerPool.setThreads(threads)
    defer { try? WorkerPool.setThreads(0) }
    for round in 0..<200 {
      let counts = try Buffer<Int32>(count: 17)
      WorkerPool.run(shards: 17) { counts.elements[$0] += 1 }
      #expect(counts.array.allSatisfy { $0 == 1 }, "round \(round)")
    }
  }

  @Test("A shard that asks for workers runs them itself")
  func nested() throws {
    try WorkerPool.setThreads(2)
    defer { try? WorkerPool.setThreads(0) }
    let counts = try Buffer<Int32>(count: 16)
    WorkerPool.run(shards: 4) { outer in
      WorkerPool.run(shards: 4) { inner in counts.elements[outer * 4 + inner] += 1 }
    }
    #expect(counts.array.allSatisfy { $0 == 1 })
  }

  @Test("Shards cover all rows without overlap")
  func shards() throws {
    try WorkerPool.setThreads(3)
    defer { try? WorkerPool.setThreads(0) }
    #expect(WorkerPool.shards(of: 100, minimum: 10) == [0..<33, 33..<66, 66..<100])
    #expect(WorkerPool.shards(of: 15, minimum: 10) == [0..<15])
    #expect(WorkerPool.shards(of: 0, minimum: 10) == [0..<0])
  }
}
