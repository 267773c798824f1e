import Platform
import PlatformKernels

#if canImport(Glibc)
  import Glibc
#endif

/// Memory for a large column whose values are all written next. It is not cleared, so that the threads that
/// write it are the first to touch its pages.
final class UnclearedMemory {
  private static var hugePage: Int { 1 << 21 }
  private let memory: UnsafeMutableRawPointer

  private init(bytes: Int, for purpose: String) throws {
    // Large blocks use huge pages if the system supports them: 512 times fewer page faults. A remainder of more than
    // half a huge page is rounded up to one; otherwise it would be hundreds of small pages.
    let isLarge = bytes >= Self.hugePage
    let rest = bytes % Self.hugePage
    let bytes = isLarge && rest > Self.hugePage / 2 ? bytes - rest + Self.hugePage : bytes
    guard let memory = memory_request(isLarge ? Self.hugePage : 64, bytes) else {
      throw Failure.outOfMemory(bytes: bytes, for: purpose)
    }
    if isLarge {
      guard memory_leaves_headroom(bytes) else {
        free(memory)
        throw Failure.outOfMemory(bytes: bytes, for: purpose)
      }
      madvise(memory, bytes, MADV_HUGEPAGE)
    }
    self.memory = memory
  }

  deinit { free(memory) }

  /// - Precondition: the caller writes all `count` values before passing the buffer on.
  static func buffer<Element>(
    of type: Element.Type, count: Int, for purpose: String
  ) throws -> Buffer<Element> {
    let (bytes, overflow) = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard count >= 0, !overflow, bytes <= Int.max - 128 else {
      throw Failure.outOfMemory(bytes: Int.max, for: purpose)
    }
    let owner = try UnclearedMemory(bytes: (bytes + 63) & ~63, for: purpose)
    return Buffer(
      borrowing: owner.memory.bindMemory(to: Element.self, capacity: max(count, 1)), count: count,
      owner: owner)
  }
}
