/// The bytes of a file, wherever they lie; readers keep it as long as they look at them.
public protocol FileContent: AnyObject, Sendable {
  /// What messages call it.
  var path: String { get }
  var bytes: UnsafeRawBufferPointer { get }
}

extension MappedFile: FileContent {}

/// A file that lies in memory, perhaps as a part of a larger block.
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
