import Platform
import PlatformKernels
import Testing

/// Serialized, because the whole process shares the reserve.
@Suite("Memory that ends", .serialized)
struct MemoryTests {
  /// Runs `body` like a call of the library; returns whether memory sufficed.
  private func call(_ body: () throws -> Void) rethrows -> Bool {
    var call = memory_call()
    return try withUnsafeMutablePointer(to: &call) { call in
      memory_call_begin(call)
      do { try body() } catch {
        _ = memory_call_end(call, false)
        throw error
      }
      return memory_call_end(call, true)
    }
  }

  @Test("A failure for lack of memory marks the call, even if it is handled as another failure")
  func swallowed() {
    let sufficed = call {
      _ = try? Buffer<Float>(count: Int.max / 8)
    }
    #expect(!sufficed)
    #expect(call {})
    #expect(!memory_call_is_marked())
  }

  @Test("A marked call gets no more memory and therefore ends")
  func ends() {
    #expect {
      _ = try call {
        memory_call_mark()
        _ = try Buffer<Float>(count: 4)
      }
    } throws: { ($0 as? Failure)?.kind == .outOfMemory }
    #expect(throws: Never.self) { _ = try Buffer<Float>(count: 4) }
  }

  @Test("Workers mark the call that they work for, and no other")
  func workers() throws {
    let before = WorkerPool.threads
    defer { try? WorkerPool.setThreads(Int32(before)) }
    try WorkerPool.setThreads(4)
    let sufficed = call {
      WorkerPool.run(shards: 4) { shard in if shard == 3 { memory_call_mark() } }
    }
    #expect(!sufficed)
    #expect(call { WorkerPool.run(shards: 4) { _ in } })
  }

  @Test("A call within a callback has a separate mark")
  func nested() {
    let outer = call {
      let inner = call { memory_call_mark() }
      #expect(!inner)
    }
    #expect(outer)
  }

  @Test("Results are released if memory runs out later")
  func takenBack() {
    let place = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: 1)
    defer { place.deallocate() }
    place.pointee = nil
    let sufficed = call {
      #expect(memory_call_hand_out(place, memory_request(16, 8)) { $0?.deallocate() })
      #expect(place.pointee != nil)
      memory_call_mark()
    }
    #expect(!sufficed)
    #expect(place.pointee == nil)
  }

  @Test("The reserve gives blocks that do not overlap, of any alignment, and takes them back")
  func reserve() throws {
    memory_reserve_prepare()
    var blocks: [(start: UInt, end: UInt)] = []
    for round in 0..<400 {
      let (alignment, bytes) = (1 << (round % 13), 1 + round * 37 % 5000)
      let block = try #require(memory_reserve_take(alignment, bytes))
      let start = UInt(bitPattern: block)
      #expect(start % UInt(alignment) == 0)
      #expect(memory_reserve_holds(block))
      #expect(memory_reserve_room(block) >= bytes)
      block.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: round), count: bytes)
      blocks.append((start, start + UInt(bytes)))
    }
    for (index, block) in blocks.enumerated() {
      let bytes = UnsafeRawPointer(bitPattern: block.start)?.assumingMemoryBound(to: UInt8.self)
      #expect(bytes?.pointee == UInt8(truncatingIfNeeded: index))
    }
    let sorted = blocks.sorted { $0.start < $1.start }
    #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0.end <= $1.start })
    for block in blocks { memory_reserve_give(UnsafeMutableRawPointer(bitPattern: block.start)) }
    #expect(memory_reserve_taken() == 0)
    #expect(memory_reserve_take(16, Int(MEMORY_RESERVE_LARGEST) + 1) == nil)
  }

  @Test("A used-up reserve is extended by another, and can be used again after all is returned")
  func refilled() throws {
    memory_reserve_prepare()
    var blocks: [UnsafeMutableRawPointer] = []
    while let block = memory_reserve_take(16, 1 << 20) { blocks.append(block) }
    #expect(!blocks.isEmpty)
    memory_reserve_prepare()
    let more = try #require(memory_reserve_take(16, 1 << 20))
    memory_reserve_give(more)
    for block in blocks { memory_reserve_give(block) }
    #expect(memory_reserve_taken() == 0)
    #expect(!memory_reserve_holds(UnsafeRawPointer(bitPattern: 4096)))
  }

  @Test("A large array that the system cannot give is an error")
  func arrays() {
    #expect(throws: Failure.self) { _ = try [Double].filled(with: 0, count: 1 << 58, for: "a test") }
    #expect(throws: Failure.self) { _ = try [Double].filled(with: 0, count: Int.max, for: "a test") }
    #expect(throws: Never.self) { _ = try [Double].filled(with: 0, count: 1 << 16, for: "a test") }
  }
}
