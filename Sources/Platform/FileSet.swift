/// Named files: a directory, or an archive in memory. All readers of models take a file set, so that models
/// can be loaded from paths and from memory.
///
///     let files = FileSet.directory("bert")
///     let config = try files.json("config.json")
///
/// Names are relative, with "/" between folders. If requested, opened files are recorded with their digests.
public struct FileSet: Sendable {
  /// A file that was opened: its name, its length, and the BLAKE2b-256 of its bytes, as computed by `b2sum -l
  /// 256`.
  public struct Opened: Equatable, Sendable {
    public let name: String
    public let bytes: Int
    public let digest: String
  }

  private enum Storage: Sendable {
    case directory
    case memory([String: MemoryFile])
  }

  /// The name in messages: the directory's path, or a name for memory.
  public let location: String
  private let storage: Storage
  private let log: OpenedFiles?

  private init(location: String, _ storage: Storage, log: OpenedFiles? = nil) {
    self.location = location
    self.storage = storage
    self.log = log
  }

  /// The files of a directory; "" is the current directory.
  public static func directory(_ path: String) -> FileSet { FileSet(location: path, .directory) }

  /// The directory that contains a file, and the file's name in it.
  public static func nextTo(_ path: String) -> (files: FileSet, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (.directory(""), path) }
    let directory = path[..<slash]
    return (
      .directory(directory.isEmpty ? "/" : String(directory)), String(path[path.index(after: slash)...])
    )
  }

  /// Files in memory.
  ///
  /// - Parameter location: the name of the set in messages.
  public static func memory(_ files: [String: MemoryFile], named location: String) -> FileSet {
    FileSet(location: location, .memory(files))
  }

  /// The same files; files that are opened are recorded in `log`.
  public func remembering(_ log: OpenedFiles) -> FileSet { FileSet(location: location, storage, log: log) }

  /// The files of the parent folder; nil in memory.
  public var parent: FileSet? {
    guard case .directory = storage else { return nil }
    return FileSet(location: path(of: ".."), .directory, log: log)
  }

  /// The name of a file in messages; for a directory, its path.
  public func path(of name: String) -> String {
    location.isEmpty || location.hasSuffix("/") ? location + name : location + "/" + name
  }

  public func contains(_ name: String) -> Bool {
    switch storage {
    case .directory: MappedFile.exists(path(of: name))
    case .memory(let files): files[name] != nil
    }
  }

  /// Whether a file lies inside the set after following links: in its folder, or in the folder of the target
  /// of `name`. A file that does not exist lies inside.
  public func holds(_ other: String, beside name: String) -> Bool {
    guard case .directory = storage else { return true }
    let place = path(of: other)
    if FileBounds.leads(place, into: location) { return true }
    let origin = FileBounds.resolved(path(of: name)) ?? path(of: name)
    return FileBounds.leads(place, into: FileSet.nextTo(origin).files.location)
  }

  /// - Throws: `io` if the file does not exist or cannot be read; `cancelled`.
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

  /// - Throws: `io`; `kind` with the byte offset as location if the file is not JSON.
  public func json(_ name: String, failing kind: Failure.Kind = .invalidModel) throws -> JSONValue {
    let file = try open(name)
    return try withExtendedLifetime(file) {
      try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self), failing: kind)
    }
  }
}

/// A record of the files that were opened, each once.
public final class OpenedFiles: @unchecked Sendable {
  private let lock = Lock()
  private var opened: [FileSet.Opened] = []

  public init() {}

  public var all: [FileSet.Opened] { lock.withLock { opened }.sorted { $0.name < $1.name } }

  fileprivate func note(_ name: String, _ file: any FileContent) throws {
    if lock.withLock({ opened.contains { $0.name == name } }) { return }
    let digest = Digest()
    // The digest is computed in pieces, between which the call can be cancelled.
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
