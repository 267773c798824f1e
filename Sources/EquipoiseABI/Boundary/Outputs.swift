import CEquipoise
import Platform
import PlatformKernels

#if canImport(Glibc)
  import Glibc
#endif

/// The host's output pointer for a handle. The initializer writes NULL to it, so that it is NULL after every
/// failure.
struct HandleOutput {
  private let place: UnsafeMutablePointer<OpaquePointer?>

  /// - Throws: `invalidArgument` if the pointer is NULL.
  init(_ place: UnsafeMutablePointer<OpaquePointer?>?, named name: StaticString) throws {
    guard let place else { throw missing(name) }
    place.pointee = nil
    self.place = place
  }

  /// Writes a handle; it is released again if the call fails afterwards.
  ///
  /// - Throws: `outOfMemory`.
  func set(_ content: some HandleContent) throws {
    let handle = try Handle.make(content)
    let isHanded = UnsafeMutableRawPointer(place).withMemoryRebound(
      to: UnsafeMutableRawPointer?.self, capacity: 1
    ) { place in
      memory_call_hand_out(place, UnsafeMutableRawPointer(handle)) { Handle.release(any: OpaquePointer($0)) }
    }
    guard isHanded else {
      Handle.release(any: handle)
      throw Memory.ended()
    }
  }
}

/// The host's output pointer for a text. The initializer writes NULL to it.
struct TextOutput {
  private let place: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?

  /// A pointer that may be NULL: the text is then not computed.
  init(optional place: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
    place?.pointee = nil
    self.place = place
  }

  /// - Throws: `invalidArgument` if the pointer is NULL.
  init(_ place: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, named name: StaticString) throws {
    guard place != nil else { throw missing(name) }
    self.init(optional: place)
  }

  /// Writes a text; it is freed again if the call fails afterwards.
  ///
  /// - Throws: `outOfMemory`.
  func set(_ text: @autoclosure () -> String) throws {
    guard let place else { return }
    guard let copy = copied(text()) else { throw Failure.outOfMemory(bytes: 1, for: "a text") }
    let isHanded = UnsafeMutableRawPointer(place).withMemoryRebound(
      to: UnsafeMutableRawPointer?.self, capacity: 1
    ) { place in memory_call_hand_out(place, UnsafeMutableRawPointer(copy)) { free($0) } }
    guard isHanded else {
      free(copy)
      throw Memory.ended()
    }
  }
}
