#if canImport(Glibc)
  import Glibc
#endif

/// A fixed-size block of numbers, aligned to a cache line, whose allocation can fail with an error
/// where an `Array`'s would end the process. Shared by reference.
public final class Buffer<Element>: @unchecked Sendable {
  public let count: Int
  public let pointer: UnsafeMutablePointer<Element>
  private let owner: AnyObject?

  /// `count` elements, all bytes zero. `Element` must be trivial (numbers).
  ///
  /// - Throws: `outOfMemory` when the size overflows or the system has no memory.
  public init(count: Int, for purpose: String = "values") throws {
    let (bytes, overflow) = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard count >= 0, !overflow, bytes <= Int.max - 128 else {
      throw Failure.outOfMemory(bytes: Int.max, for: purpose)
    }
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, 64, (bytes + 63) & ~63) == 0, let memory else {
      throw Failure.outOfMemory(bytes: bytes, for: purpose)
    }
    memset(memory, 0, bytes)
    self.count = count
    self.pointer = memory.bindMemory(to: Element.self, capacity: max(count, 1))
    self.owner = nil
  }

  /// A view of memory that `owner` keeps alive (a mapped file, another buffer); never freed here.
  public init(borrowing pointer: UnsafeMutablePointer<Element>, count: Int, owner: AnyObject) {
    self.count = count
    self.pointer = pointer
    self.owner = owner
  }

  public convenience init(copying values: some Collection<Element>, for purpose: String = "values") throws {
    try self.init(count: values.count, for: purpose)
    var index = 0
    for value in values where index < count {
      pointer[index] = value
      index += 1
    }
  }

  deinit {
    if owner == nil { free(pointer) }
  }

  public var elements: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }

  public var array: [Element] { Array(elements) }
}
