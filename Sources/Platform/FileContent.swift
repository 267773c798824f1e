/// The bytes of a file in any storage; readers must keep this object while they use the bytes.
public protocol FileContent: AnyObject, Sendable {
  /// The name in messages.
  var path: String { get }
  /// The whole content; valid while this object exists.
  var bytes: UnsafeRawBufferPointer { get }
}

extension MappedFile: FileContent {}

/// A file in memory, possibly as a part of a larger block.
public final class MemoryFile: FileContent, @unchecked Sendable {
  public let path: String
  public let bytes: UnsafeRawBufferPointer
  private let owner: AnyObject

  /// - Parameter owner: keeps the bytes alive.
  public init(_ bytes: UnsafeRawBufferPointer, named path: String, owner: AnyObject) {
    self.path = path
    self.bytes = bytes
    self.owner = owner
  }
}
