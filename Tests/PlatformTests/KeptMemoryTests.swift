import Platform
import PlatformKernels
import Testing

/// Freed blocks of columns are used again, in bounds.
@Suite("Kept memory", .serialized)
struct KeptMemoryTests {
  private let megabyte = 1 << 20

  private func take(_ bytes: Int) throws -> (memory: UnsafeMutableRawPointer, length: Int) {
    var length = 0
    let memory = try #require(memory_kept_take(bytes, &length))
    #expect(length >= bytes && UInt(bitPattern: memory) % UInt(2 * megabyte) == 0)
    return (memory, length)
  }

  @Test("A freed block serves the next request of its size, not a much smaller one, until it is released")
  func again() throws {
    _ = memory_kept_release()
    let first = try take(10 * megabyte)
    first.memory.storeBytes(of: 7, toByteOffset: first.length - 1, as: UInt8.self)
    memory_kept_give(first.memory, first.length)
    let small = try take(4 * megabyte)
    #expect(small.memory != first.memory)
    let second = try take(9 * megabyte)
    #expect(second.memory == first.memory && second.length == first.length)
    memory_kept_give(second.memory, second.length)
    memory_kept_give(small.memory, small.length)
    #expect(memory_kept_release())
    #expect(!memory_kept_release())
  }

  @Test("No more than the bound is kept; a larger block goes back to the system")
  func bound() throws {
    _ = memory_kept_release()
    let most = Int(MEMORY_KEPT_MOST)
    let large = try take(most + 2 * megabyte)
    memory_kept_give(large.memory, large.length)
    #expect(memory_kept_bytes() == 0)
    // More than the bound: those before give way.
    let blocks = try (0..<40).map { _ in try take(4 * megabyte) }
    for block in blocks {
      memory_kept_give(block.memory, block.length)
      #expect(memory_kept_bytes() >= block.length && memory_kept_bytes() <= most)
    }
    _ = memory_kept_release()
    #expect(memory_kept_bytes() == 0)
  }

  @Test("Threads that take and give at the same time never hold the same block")
  func threads() throws {
    try WorkerPool.setThreads(4)
    defer { try? WorkerPool.setThreads(0) }
    let failures = FirstFailure()
    WorkerPool.run(shards: 8) { shard in
      failures.catching {
        for round in 0..<300 {
          let block = try take((2 + round % 3) * megabyte)
          defer { memory_kept_give(block.memory, block.length) }
          block.memory.storeBytes(of: shard, as: Int.self)
          for _ in 0..<50 where block.memory.load(as: Int.self) != shard {
            throw Failure.internal("two threads hold one block")
          }
        }
      }
    }
    try failures.rethrow()
    #expect(memory_kept_bytes() <= Int(MEMORY_KEPT_MOST))
    _ = memory_kept_release()
  }
}
