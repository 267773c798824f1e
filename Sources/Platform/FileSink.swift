#if canImport(Glibc)
  import Glibc
#endif

/// A destination for files: a directory, or memory. All writers of models take one.
public protocol FileSink {
  /// Creates the destination if it does not exist; refuses one with files from other programs.
  ///
  /// - Parameters:
  ///   - marks: a file with any of these names shows that an earlier save created the destination.
  ///   - overwrites: whether the caller requested to write there in any case.
  ///   - isOwn: whether an interrupted save may have left a file with this name.
  /// - Throws: `io`; `refused` for a destination with other files.
  func prepare(marks: [String], overwrites: Bool, isOwn: (String) -> Bool) throws
  /// Writes a file atomically.
  func write(_ name: String, _ body: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws
  /// Removes a file; does nothing if it does not exist.
  func remove(_ name: String)
  /// The names of the existing files.
  var names: [String] { get }
  /// The name of the destination in messages.
  var location: String { get }
}

extension FileSink {
  public func write(_ name: String, _ text: String) throws {
    var text = text
    try text.withUTF8 { bytes in try write(name) { try $0(UnsafeRawBufferPointer(bytes)) } }
  }
}

/// A directory as a destination.
public struct DirectorySink: FileSink {
  public let location: String

  /// - Parameter path: "" is the current directory.
  public init(_ path: String) { location = path }

  /// The directory of a file to be written, and the file's name in it.
  public static func nextTo(_ path: String) -> (sink: DirectorySink, name: String) {
    let (files, name) = FileSet.nextTo(path)
    return (DirectorySink(files.location), name)
  }

  private func path(_ name: String) -> String { FileSet.directory(location).path(of: name) }

  public func prepare(marks: [String], overwrites: Bool, isOwn: (String) -> Bool) throws {
    try SaveDirectory.prepare(location, marks: marks, overwrites: overwrites, isOwn: isOwn)
  }

  public func write(_ name: String, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
    try AtomicFile.write(to: path(name), body)
  }

  public func remove(_ name: String) { unlink(path(name)) }

  public var names: [String] { (try? SaveDirectory.entries(location.isEmpty ? "." : location)) ?? [] }
}
