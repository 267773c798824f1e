import Kernels

#if canImport(Glibc)
  import Glibc
#endif

/// A fixed-size block of numbers, aligned to a cache line, whose allocation can fail with an error
/// where an `Array`'s would end the process. Shared by reference.
public final class Buffer<Element>: @unchecked Sendable {
  public let count: Int
  /// Valid while the buffer lives: a buffer that is only a step of an expression does not live to its end,
  /// so that `try f().elements.map(…)` reads memory that is gone. Keep the buffer, or take `array`.
  public let pointer: UnsafeMutablePointer<Element>
  private let origin: Origin

  /// Where the memory came from, and so how it goes.
  private enum Origin {
    case heap
    /// Large blocks come straight from the system: zero already, given as they are touched (by the worker
    /// that touches them), in large pages where the system has them.
    case mapped(bytes: Int)
    case borrowed(AnyObject)
  }
  private static var mappedFrom: Int { 1 << 20 }
  private static var largePage: Int { 1 << 21 }

  /// `count` elements, all bytes zero. `Element` must be trivial (numbers).
  ///
  /// - Throws: `outOfMemory` when the size overflows or the system has no memory.
  public init(count: Int, for purpose: String = "values") throws {
    let (bytes, overflow) = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard count >= 0, !overflow, bytes <= Int.max - 128 else {
      throw Failure.outOfMemory(bytes: Int.max, for: purpose)
    }
    try Memory.check()
    self.count = count
    if bytes >= Self.mappedFrom {
      // A rest of more than half a large page becomes one: else it would be hundreds of small ones.
      let rest = bytes % Self.largePage
      let length = rest > Self.largePage / 2 && bytes <= Int.max / 2 ? bytes - rest + Self.largePage : bytes
      guard let block = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        block != MAP_FAILED
      else { throw Failure.outOfMemory(bytes: bytes, for: purpose) }
      guard memory_leaves_headroom(bytes) else {
        munmap(block, length)
        throw Failure.outOfMemory(bytes: bytes, for: purpose)
      }
      madvise(block, length, Int32(MADV_HUGEPAGE))
      pointer = block.bindMemory(to: Element.self, capacity: count)
      origin = .mapped(bytes: length)
      return
    }
    guard let block = memory_request(64, (bytes + 63) & ~63) else {
      throw Failure.outOfMemory(bytes: bytes, for: purpose)
    }
    memset(block, 0, bytes)
    pointer = block.bindMemory(to: Element.self, capacity: max(count, 1))
    origin = .heap
  }

  /// A view of memory that `owner` keeps alive (a mapped file, another buffer); never freed here.
  public init(borrowing pointer: UnsafeMutablePointer<Element>, count: Int, owner: AnyObject) {
    self.count = count
    self.pointer = pointer
    origin = .borrowed(owner)
  }

  public convenience init(copying values: some Collection<Element>, for purpose: String = "values") throws {
    try self.init(count: values.count, for: purpose)
    let copied: Void? = values.withContiguousStorageIfAvailable {
      if let start = $0.baseAddress { pointer.update(from: start, count: min($0.count, count)) }
    }
    guard copied == nil else { return }
    var index = 0
    for value in values where index < count {
      pointer[index] = value
      index += 1
    }
  }

  deinit {
    switch origin {
    case .heap: free(pointer)
    case .mapped(let bytes): munmap(pointer, bytes)
    case .borrowed: break
    }
  }

  /// Lets go of the memory that a mapped file's pages take, which come back from the file when they are
  /// read again; other memory stays.
  public func releasePages() {
    guard case .borrowed(let owner) = origin, owner is MappedFile else { return }
    let page = 4096
    let start = (Int(bitPattern: pointer) + page - 1) & ~(page - 1)
    let end = (Int(bitPattern: pointer) + count * MemoryLayout<Element>.stride) & ~(page - 1)
    guard end > start, let place = UnsafeMutableRawPointer(bitPattern: start) else { return }
    madvise(place, end - start, MADV_DONTNEED)
  }

  /// All bytes zero again; a large block's memory goes back to the system until it is touched.
  public func clear() {
    switch origin {
    case .mapped(let bytes) where madvise(pointer, bytes, MADV_DONTNEED) == 0: break
    default: memset(pointer, 0, count * MemoryLayout<Element>.stride)
    }
  }

  /// As `pointer`: valid while the buffer lives.
  public var elements: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }

  public var array: [Element] { withExtendedLifetime(self) { Array(elements) } }
}
