import Platform
import PlatformKernels

#if canImport(Glibc)
  import Glibc
#endif

/// The host's output pointers for bytes and their number. The initializer writes NULL and 0 to them.
struct BytesOutput {
  private let place: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private let count: UnsafeMutablePointer<Int>

  /// - Throws: `invalidArgument` if one of the pointers is NULL.
  init(
    _ bytes: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ count: UnsafeMutablePointer<Int>?
  ) throws {
    count?.pointee = 0
    bytes?.pointee = nil
    place = try require(bytes, named: "bytes")
    self.count = try require(count, named: "count")
  }

  /// Writes the bytes; they are freed again if the call fails afterwards.
  ///
  /// - Parameter what: the name of the bytes in messages: "a saved auditor".
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
