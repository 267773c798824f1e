import PlatformKernels

/// Functions for running out of memory: checks in long work, and requests before large arrays are allocated.
///
/// If the system refuses a small allocation, a reserve provides the memory and the current call is marked
/// (`memory_call.h`). A call is also marked if `Failure.outOfMemory` is created in it. A marked call returns
/// no results. It should end soon, so loops over rows, steps, nodes and lines call `check`.
public enum Memory {
  /// - Throws: `outOfMemory` if memory ran out in the current call.
  @inline(__always)
  public static func check() throws {
    if memory_call_is_marked() { throw ended() }
  }

  /// Call this before allocating a large array, because `Array` cannot report a failed allocation.
  ///
  /// - Throws: `outOfMemory` if the system cannot provide `bytes` now.
  public static func require(bytes: Int, for purpose: String) throws {
    try check()
    guard bytes >= probedFrom else { return }
    guard memory_is_available(bytes) else { throw Failure.outOfMemory(bytes: bytes, for: purpose) }
  }

  /// The same for `count` elements of a type.
  public static func require<Element>(_ count: Int, of type: Element.Type, for purpose: String) throws {
    let (bytes, overflow) = max(count, 0).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: purpose) }
    try require(bytes: bytes, for: purpose)
  }

  /// For work on rows that allocates arrays of a few numbers per row.
  ///
  /// - Throws: `outOfMemory` if the system cannot provide 64 bytes per row now.
  public static func requireRoom(forRows rows: Int, for purpose: String) throws {
    try require(rows, of: (Int, Int, Int, Int, Int, Int, Int, Int).self, for: purpose)
  }

  /// The reserve covers smaller requests.
  private static let probedFrom = 1 << 16

  /// The failure of a call in which memory ran out: `error` itself if it is an `outOfMemory` failure.
  public static func ended(_ error: (any Error)? = nil) -> Failure {
    if let failure = error as? Failure, failure.kind == .outOfMemory { return failure }
    return Failure(.outOfMemory, "the system has no more memory for this process")
  }
}

extension Array {
  /// An array of `count` times `value`; fails with an error if memory for a large array is not available.
  ///
  /// - Throws: `outOfMemory`.
  public static func filled(with value: Element, count: Int, for purpose: String) throws -> [Element] {
    try Memory.require(count, of: Element.self, for: purpose)
    return Array(repeating: value, count: count)
  }

  /// Reserves room for `count` more elements, growing by doubling; fails with an error if memory is not
  /// available.
  ///
  /// - Throws: `outOfMemory`.
  @inline(__always)
  public mutating func makeRoom(for count: Int = 1, purpose: String) throws {
    if capacity - self.count < count { try grow(by: count, purpose) }
  }

  @inline(never)
  private mutating func grow(by count: Int, _ purpose: String) throws {
    let wanted = Swift.max(self.count + count, self.count * 2, 4)
    try Memory.require(wanted, of: Element.self, for: purpose)
    reserveCapacity(wanted)
  }
}
