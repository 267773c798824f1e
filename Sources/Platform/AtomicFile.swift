#if canImport(Glibc)
  import Glibc
#endif

/// Writes a file so that its path names the old content or the new, never a mixture, whenever the process or the
/// machine stops: a temporary file in the same folder, synced, then put in its place.
///
/// A symbolic link is followed: what it leads to is replaced, and the link stays. The file keeps the mode of the one
/// that it replaces, and its owner where the system lets it; a new file has the mode that the process's mask gives.
/// Only regular files are replaced. Other hard links to a replaced file keep the old content.
public enum AtomicFile {
  /// - Throws: `io` with the system's reason; the old file is then as it was. `outOfMemory`.
  public static func write(
    to path: String, _ body: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    let target = try followed(path)
    let old = try replaced(target, named: path)
    var file = try TemporaryFile(for: target, named: path)
    defer { file.close() }
    if let old { file.take(modeAndOwnerOf: old) }
    let descriptor = file.descriptor
    try body { bytes in
      try HostCall.check()
      var rest = bytes
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw Failure.system("write", path) }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      }
    }
    // What was written while memory ended may lack something.
    try Memory.check()
    guard fsync(descriptor) == 0 else { throw Failure.system("sync", path) }
    try file.put(in: target, replacing: old != nil, named: path)
    syncDirectory(of: target)
  }

  public static func write(_ text: String, to path: String) throws {
    var text = text
    try text.withUTF8 { bytes in
      try write(to: path) { write in try write(UnsafeRawBufferPointer(bytes)) }
    }
  }

  /// The path that a chain of symbolic links ends at, which may not be there yet.
  private static func followed(_ path: String) throws -> String {
    var place = path
    // As many links as Linux follows.
    for _ in 0...40 {
      guard let link = symbolicLink(place) else { return place }
      place = link.hasPrefix("/") ? link : directory(of: place) + link
    }
    errno = ELOOP
    throw Failure.system("follow the links of", path)
  }

  /// Where a symbolic link leads; nil for anything else.
  private static func symbolicLink(_ path: String) -> String? {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink(path, &target, Int(PATH_MAX))
    return count > 0 ? target.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } : nil
  }

  /// The file that is to be replaced; nil when there is none.
  private static func replaced(_ target: String, named path: String) throws -> stat? {
    var information = stat()
    guard stat(target, &information) == 0 else {
      guard errno == ENOENT else { throw Failure.system("replace", path) }
      return nil
    }
    let kind = information.st_mode & S_IFMT
    guard kind == S_IFREG else {
      throw Failure(
        .io,
        "\(path) is \(kind == S_IFDIR ? "a directory" : "a device, pipe or socket"); a regular file's path, or "
          + "one where nothing is yet, is accepted", at: path)
    }
    return information
  }

  /// The folder with its "/", or "" for the current one.
  static func directory(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  /// The rename itself must reach the disk; a directory that cannot be opened loses only that.
  static func syncDirectory(of path: String) {
    let folder = directory(of: path)
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
