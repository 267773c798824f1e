import Platform
import PlatformKernels

#if canImport(Glibc)
  import Glibc
#endif

/// Memory for a large column whose values are all written next. It is not cleared, so that the threads that
/// write it are the first to touch its pages, and that the pages of an earlier column can be used again.
final class UnclearedMemory {
  /// Smaller blocks come from the heap.
  private static var keptFrom: Int { 1 << 21 }

  let start: UnsafeMutableRawPointer
  /// At least the bytes that were asked for.
  let bytes: Int

  init(bytes: Int, for purpose: String) throws {
    guard bytes >= 0, bytes <= Int.max / 2 else { throw Failure.outOfMemory(bytes: Int.max, for: purpose) }
    guard bytes >= Self.keptFrom else {
      let rounded = (max(bytes, 1) + 63) & ~63
      guard let start = memory_request(64, rounded) else {
        throw Failure.outOfMemory(bytes: bytes, for: purpose)
      }
      (self.start, self.bytes) = (start, rounded)
      return
    }
    var length = 0
    guard let start = memory_kept_take(bytes, &length) else {
      throw Failure.outOfMemory(bytes: bytes, for: purpose)
    }
    guard memory_leaves_headroom(bytes) else {
      memory_kept_give(start, length)
      throw Failure.outOfMemory(bytes: bytes, for: purpose)
    }
    (self.start, self.bytes) = (start, length)
  }

  deinit {
    if bytes >= Self.keptFrom { memory_kept_give(start, bytes) } else { free(start) }
  }

  /// `count` elements in this memory, which lives as long as the buffer.
  func buffer<Element>(of type: Element.Type, count: Int) -> Buffer<Element> {
    Buffer(borrowing: start.bindMemory(to: Element.self, capacity: max(count, 1)), count: count, owner: self)
  }

  /// - Precondition: the caller writes all `count` values before passing the buffer on.
  static func buffer<Element>(
    of type: Element.Type, count: Int, for purpose: String
  ) throws -> Buffer<Element> {
    let (bytes, overflow) = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard count >= 0, !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: purpose) }
    return try UnclearedMemory(bytes: bytes, for: purpose).buffer(of: type, count: count)
  }
}
