#if canImport(Glibc)
  import Glibc
#endif

/// Where files are written: a directory, or memory. All writers of models take one.
public protocol FileSink {
  /// Makes the place itself, if it is not there, and refuses one with a stranger's files.
  ///
  /// - Parameters:
  ///   - marks: a file of any of these names tells that an earlier save made the place.
  ///   - overwrites: the caller asked to write there in any case.
  ///   - isOwn: whether a save that was killed may have left a file of this name.
  /// - Throws: `io`; `refused` for a place with other files.
  func prepare(marks: [String], overwrites: Bool, isOwn: (String) -> Bool) throws
  /// Writes a file, which appears whole or not at all.
  func write(_ name: String, _ body: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws
  /// Removes a file; nothing happens where there is none.
  func remove(_ name: String)
  /// The names of the files that are there already.
  var names: [String] { get }
  /// What messages call the place.
  var location: String { get }
}

extension FileSink {
  public func write(_ name: String, _ text: String) throws {
    var text = text
    try text.withUTF8 { bytes in try write(name) { try $0(UnsafeRawBufferPointer(bytes)) } }
  }
}

/// A directory of the system.
public struct DirectorySink: FileSink {
  public let location: String

  /// - Parameter path: "" is the current directory.
  public init(_ path: String) { location = path }

  /// The directory that a file is to lie in, and the file's name there.
  public static func beside(_ path: String) -> (sink: DirectorySink, name: String) {
    let (files, name) = FileSet.beside(path)
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
