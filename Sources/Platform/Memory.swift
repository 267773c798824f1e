import Kernels

/// Memory that ends: where work asks whether to go on, and how large arrays are asked for.
///
/// A small allocation that the system refuses is served from a reserve, and the call that made it is marked
/// (`memory_call.h`); so is a call in which `Failure.outOfMemory` was made. A marked call gives no results. It
/// should end soon, so loops over rows, steps, nodes and lines call `check`.
public enum Memory {
  /// - Throws: `outOfMemory` when memory ran out in the current call.
  @inline(__always)
  public static func check() throws {
    if memory_call_is_marked() { throw ended() }
  }

  /// For an array about to be made, whose own allocation could not fail with an error.
  ///
  /// - Throws: `outOfMemory` when the system would not give `bytes` now.
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

  /// For the arrays of a few numbers a row that work on rows makes.
  ///
  /// - Throws: `outOfMemory` when the system would not give 64 bytes a row now.
  public static func requireRoom(forRows rows: Int, for purpose: String) throws {
    try require(rows, of: (Int, Int, Int, Int, Int, Int, Int, Int).self, for: purpose)
  }

  /// Smaller requests are the reserve's.
  private static let probedFrom = 1 << 16

  /// The failure of a call in which memory ran out; `error` is the one that shows it, if it does.
  public static func ended(_ error: (any Error)? = nil) -> Failure {
    if let failure = error as? Failure, failure.kind == .outOfMemory { return failure }
    return Failure(.outOfMemory, "the system has no more memory for this process")
  }
}

extension Array {
  /// `count` times `value`, where memory for a large array can be refused with an error.
  ///
  /// - Throws: `outOfMemory`.
  public static func filled(with value: Element, count: Int, for purpose: String) throws -> [Element] {
    try Memory.require(count, of: Element.self, for: purpose)
    return Array(repeating: value, count: count)
  }

  /// Room for `count` more elements, where it can be refused with an error; it grows by doubling.
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
