import Datasets
import Equipoise
import Platform
import PlatformKernels

#if canImport(Glibc)
  import Glibc
#endif

/// A Swift object to which the host may have a handle.
protocol HandleContent: AnyObject {
  /// Stored at the start of every handle of this kind, so that a handle of another kind, or a freed one,
  /// causes an error instead of a crash in most cases.
  static var tag: UInt64 { get }
  /// The name in messages: "a dataset".
  static var noun: StaticString { get }
}

extension Dataset: HandleContent {
  static var tag: UInt64 { 0x6571_705f_6461_7461 }
  static var noun: StaticString { "a dataset" }
}

extension Model: HandleContent {
  static var tag: UInt64 { 0x6571_705f_6d6f_6465 }
  static var noun: StaticString { "a model" }
}

extension Auditor: HandleContent {
  static var tag: UInt64 { 0x6571_705f_6175_6469 }
  static var noun: StaticString { "an auditor" }
}

extension Transform: HandleContent {
  static var tag: UInt64 { 0x6571_705f_7472_616e }
  static var noun: StaticString { "a transform" }
}

extension Front: HandleContent {
  static var tag: UInt64 { 0x6571_705f_6672_6f6e }
  static var noun: StaticString { "a front" }
}

extension Endpoint: HandleContent {
  static var tag: UInt64 { 0x6571_705f_656e_6470 }
  static var noun: StaticString { "an endpoint" }
}

extension CancelFlag: HandleContent {
  static var tag: UInt64 { 0x6571_705f_6361_6e63 }
  static var noun: StaticString { "a request to stop" }
}

/// The content of a handle: a tag and a retained object.
struct Handle {
  var tag: UInt64
  var object: UnsafeMutableRawPointer

  /// - Throws: `outOfMemory`.
  static func make<Content: HandleContent>(_ content: Content) throws -> OpaquePointer {
    // Handles live long, so the reserve's memory is not used for them.
    guard let memory = memory_request(16, MemoryLayout<Handle>.size) else {
      throw Failure.outOfMemory(bytes: MemoryLayout<Handle>.size, for: "a handle")
    }
    let object = Unmanaged.passRetained(content).toOpaque()
    memory.bindMemory(to: Handle.self, capacity: 1).initialize(to: Handle(tag: Content.tag, object: object))
    return OpaquePointer(memory)
  }

  /// The object of a handle; nil for NULL and for a pointer that is not a live handle of this kind. Allocates
  /// no memory.
  @inline(__always)
  static func read<Content: HandleContent>(_ kind: Content.Type, _ handle: OpaquePointer?) -> Content? {
    guard let handle else { return nil }
    let memory = UnsafePointer<Handle>(handle)
    guard memory.pointee.tag == Content.tag else { return nil }
    return Unmanaged<Content>.fromOpaque(memory.pointee.object).takeUnretainedValue()
  }

  /// Releases a handle of any kind that the host has not received yet.
  static func release(any handle: OpaquePointer?) {
    guard let handle else { return }
    switch UnsafePointer<Handle>(handle).pointee.tag {
    case Dataset.tag: release(Dataset.self, handle)
    case Model.tag: release(Model.self, handle)
    case CancelFlag.tag: release(CancelFlag.self, handle)
    case Endpoint.tag: release(Endpoint.self, handle)
    case Transform.tag: release(Transform.self, handle)
    case Front.tag: release(Front.self, handle)
    default: release(Auditor.self, handle)
    }
  }

  /// Releases the host's reference to the object; does nothing if the pointer is not a live handle of this
  /// kind.
  static func release<Content: HandleContent>(_ kind: Content.Type, _ handle: OpaquePointer?) {
    guard let handle else { return }
    let memory = UnsafeMutablePointer<Handle>(handle)
    guard memory.pointee.tag == Content.tag else {
      Log.write(.error, "a handle was freed that is not \(Content.noun); it is left alone")
      return
    }
    memory.pointee.tag = 0
    Unmanaged<Content>.fromOpaque(memory.pointee.object).release()
    free(memory)
  }
}
