import PlatformKernels

#if canImport(Glibc)
  import Glibc
#endif

/// A fixed-size block of numbers, aligned to a cache line. If its allocation fails, an error is thrown,
/// whereas an `Array` would end the process. A class: copies share the block.
public final class Buffer<Element>: @unchecked Sendable {
  public let count: Int
  /// Valid while the buffer lives. A temporary buffer is released before the end of its expression: `try
  /// f().elements.map(…)` reads freed memory. Store the buffer in a variable, or use `array`.
  public let pointer: UnsafeMutablePointer<Element>
  private let origin: Origin

  /// The origin of the memory, which determines how it is freed.
  private enum Origin {
    case heap(UnsafeMutableRawPointer)
    /// Large blocks come directly from the system. They are zero, are allocated when they are first touched
    /// (near the worker that touches them), and use large pages if available.
    case mapped(bytes: Int)
    case borrowed(AnyObject)
  }
  private static var mappedFrom: Int { 1 << 20 }
  private static var largePage: Int { 1 << 21 }

  /// `count` elements with all bytes zero. `Element` must be trivial (numbers).
  ///
  /// - Throws: `outOfMemory` if the size overflows or the system has no memory.
  public init(count: Int, for purpose: String = "values") throws {
    let (bytes, overflow) = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard count >= 0, !overflow, bytes <= Int.max - 128 else {
      throw Failure.outOfMemory(bytes: Int.max, for: purpose)
    }
    try Memory.check()
    self.count = count
    if bytes >= Self.mappedFrom {
      // A remainder of more than half a large page is rounded up to one; otherwise it would be hundreds of
      // small pages.
      let rest = bytes % Self.largePage
      let length = rest > Self.largePage / 2 && bytes <= Int.max / 2 ? bytes - rest + Self.largePage : bytes
      guard let block = Self.mapped(length) ?? (memory_kept_release() ? Self.mapped(length) : nil) else {
        throw Failure.outOfMemory(bytes: bytes, for: purpose)
      }
      guard memory_leaves_headroom(bytes) else {
        munmap(block, length)
        throw Failure.outOfMemory(bytes: bytes, for: purpose)
      }
      madvise(block, length, Int32(MADV_HUGEPAGE))
      pointer = block.bindMemory(to: Element.self, capacity: count)
      origin = .mapped(bytes: length)
      return
    }
    // Room for the start of a cache line: the system's own allocation of aligned blocks takes several times as long.
    guard let block = memory_request(16, ((bytes + 63) & ~63) + 48) else {
      throw Failure.outOfMemory(bytes: bytes, for: purpose)
    }
    let start = block + (-Int(bitPattern: block) & 63)
    memset(start, 0, bytes)
    pointer = start.bindMemory(to: Element.self, capacity: max(count, 1))
    origin = .heap(block)
  }

  private static func mapped(_ length: Int) -> UnsafeMutableRawPointer? {
    let block = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    return block == MAP_FAILED ? nil : block
  }

  /// Refers to memory that `owner` keeps alive (a mapped file, another buffer); it is not freed here.
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
    case .heap(let block): free(block)
    case .mapped(let bytes): munmap(pointer, bytes)
    case .borrowed: break
    }
  }

  /// Releases the memory of a mapped file's pages, which are loaded again when they are read; does nothing
  /// for other memory.
  public func releasePages() {
    guard case .borrowed(let owner) = origin, owner is MappedFile else { return }
    let page = 4096
    let start = (Int(bitPattern: pointer) + page - 1) & ~(page - 1)
    let end = (Int(bitPattern: pointer) + count * MemoryLayout<Element>.stride) & ~(page - 1)
    guard end > start, let place = UnsafeMutableRawPointer(bitPattern: start) else { return }
    madvise(place, end - start, MADV_DONTNEED)
  }

  /// Sets all bytes to zero; the memory of a large block is returned to the system until it is touched again.
  public func clear() {
    switch origin {
    case .mapped(let bytes) where madvise(pointer, bytes, MADV_DONTNEED) == 0: break
    default: memset(pointer, 0, count * MemoryLayout<Element>.stride)
    }
  }

  /// Valid while the buffer lives, like `pointer`.
  public var elements: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }

  public var array: [Element] { withExtendedLifetime(self) { Array(elements) } }
}
