import Kernels
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Places of the host for bytes and how many they are. Making one writes NULL and 0 there.
struct BytesOutput {
  private let place: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private let count: UnsafeMutablePointer<Int>

  /// - Throws: `invalidArgument` when a place itself is NULL.
  init(
    _ bytes: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ count: UnsafeMutablePointer<Int>?
  ) throws {
    count?.pointee = 0
    bytes?.pointee = nil
    place = try require(bytes, named: "bytes")
    self.count = try require(count, named: "count")
  }

  /// It is taken back if the call fails after this.
  ///
  /// - Parameter what: "a saved auditor".
  /// - Throws: `outOfMemory`.
  func set(_ saved: [UInt8], what: String) throws {
    guard let memory = malloc(max(1, saved.count)) else {
      throw Failure.outOfMemory(bytes: saved.count, for: what)
    }
    saved.withUnsafeBytes { source in
      if let base = source.baseAddress { memcpy(memory, base, source.count) }
    }
    guard memory_call_hand_out(place, memory, { free($0) }) else {
      free(memory)
      throw Memory.ended()
    }
    count.pointee = saved.count
  }
}
