/// Named files: a directory of the system, or an archive in memory. All readers of models take one, so that what can
/// be loaded from a path can be loaded from memory.
///
///     let files = FileSet.directory("bert")
///     let config = try files.json("config.json")
///
/// Names are relative, with "/" between folders. What was opened is remembered with its digest where that is asked for.
public struct FileSet: Sendable {
  /// A file that was opened: its name, its length, and the BLAKE2b-256 of its bytes, as `b2sum -l 256` has it.
  public struct Opened: Equatable, Sendable {
    public let name: String
    public let bytes: Int
    public let digest: String
  }

  private enum Storage: Sendable {
    case directory
    case memory([String: MemoryFile])
  }

  /// What messages call it: the directory's path, or a name for memory.
  public let location: String
  private let storage: Storage
  private let log: OpenedFiles?

  private init(location: String, _ storage: Storage, log: OpenedFiles? = nil) {
    self.location = location
    self.storage = storage
    self.log = log
  }

  /// The files of a directory; "" is the current one.
  public static func directory(_ path: String) -> FileSet { FileSet(location: path, .directory) }

  /// The directory that a file lies in, and the file's name there.
  public static func beside(_ path: String) -> (files: FileSet, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (.directory(""), path) }
    let directory = path[..<slash]
    return (
      .directory(directory.isEmpty ? "/" : String(directory)), String(path[path.index(after: slash)...])
    )
  }

  /// Files in memory.
  ///
  /// - Parameter location: what messages call them all together.
  public static func memory(_ files: [String: MemoryFile], named location: String) -> FileSet {
    FileSet(location: location, .memory(files))
  }

  /// The same, which remembers what is opened.
  public func remembering(_ log: OpenedFiles) -> FileSet { FileSet(location: location, storage, log: log) }

  /// The files of the folder above; nil in memory.
  public var parent: FileSet? {
    guard case .directory = storage else { return nil }
    return FileSet(location: path(of: ".."), .directory, log: log)
  }

  /// What messages call a file, which of a directory is its path.
  public func path(of name: String) -> String {
    location.isEmpty || location.hasSuffix("/") ? location + name : location + "/" + name
  }

  public func contains(_ name: String) -> Bool {
    switch storage {
    case .directory: MappedFile.exists(path(of: name))
    case .memory(let files): files[name] != nil
    }
  }

  /// Whether a file lies within the set after links are followed: in its folder, or in the one of the file that `name`
  /// links to. What is not there does.
  public func holds(_ other: String, beside name: String) -> Bool {
    guard case .directory = storage else { return true }
    let place = path(of: other)
    if FileBounds.leads(place, into: location) { return true }
    let origin = FileBounds.resolved(path(of: name)) ?? path(of: name)
    return FileBounds.leads(place, into: FileSet.beside(origin).files.location)
  }

  /// - Throws: `io` when there is no such file, or it cannot be read; `cancelled`.
  public func open(_ name: String) throws -> any FileContent {
    let content: any FileContent
    switch storage {
    case .directory: content = try MappedFile(path: path(of: name))
    case .memory(let files):
      guard let file = files[name] else {
        throw Failure(
          .io, "\(path(of: name)): there is no such file among the \(files.count) in memory",
          at: path(of: name))
      }
      content = file
    }
    try log?.note(name, content)
    return content
  }

  /// - Throws: `io`; `kind` with the byte offset as location when the file is not JSON.
  public func json(_ name: String, failing kind: Failure.Kind = .invalidModel) throws -> JSONValue {
    let file = try open(name)
    return try withExtendedLifetime(file) {
      try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self), failing: kind)
    }
  }
}

/// What was opened of a set of files, each once.
public final class OpenedFiles: @unchecked Sendable {
  private let lock = Lock()
  private var opened: [FileSet.Opened] = []

  public init() {}

  public var all: [FileSet.Opened] { lock.withLock { opened }.sorted { $0.name < $1.name } }

  fileprivate func note(_ name: String, _ file: any FileContent) throws {
    if lock.withLock({ opened.contains { $0.name == name } }) { return }
    let digest = Digest()
    // In pieces, between which the call can be stopped.
    let piece = 1 << 22
    for start in stride(from: 0, to: file.bytes.count, by: piece) {
      try HostCall.check()
      let part = UnsafeRawBufferPointer(rebasing: file.bytes[start..<min(start + piece, file.bytes.count)])
      digest.update(part)
      (file as? MappedFile)?.releasePages(part)
    }
    let found = FileSet.Opened(name: name, bytes: file.bytes.count, digest: digest.finish())
    lock.withLock { opened.append(found) }
  }
}
