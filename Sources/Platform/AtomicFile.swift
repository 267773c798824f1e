#if canImport(Glibc)
  import Glibc
#endif

/// Writes a file atomically: if the process or the machine stops at any time, the path has the old or the new
/// content, never a mixture. A temporary file in the same folder is written, synced and renamed.
///
/// A symbolic link is followed: its target is replaced, and the link stays. The new file keeps the mode of
/// the replaced one, and its owner if the system permits; a file that did not exist gets the mode of the
/// process's umask. Only regular files are replaced. Other hard links to a replaced file keep the old
/// content.
public enum AtomicFile {
  /// - Throws: `io` with the system's error message; the old file is then unchanged. `outOfMemory`.
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
    // If memory ran out during writing, the content may be incomplete.
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

  /// The target of a chain of symbolic links; it may not exist yet.
  private static func followed(_ path: String) throws -> String {
    var place = path
    // The maximum number of links that Linux follows.
    for _ in 0...40 {
      guard let link = symbolicLink(place) else { return place }
      place = link.hasPrefix("/") ? link : directory(of: place) + link
    }
    errno = ELOOP
    throw Failure.system("follow the links of", path)
  }

  /// The target of a symbolic link; nil for any other path.
  private static func symbolicLink(_ path: String) -> String? {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink(path, &target, Int(PATH_MAX))
    return count > 0 ? target.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } : nil
  }

  /// The file to be replaced; nil if there is none.
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

  /// The folder with its final "/"; "" for the current folder.
  static func directory(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  /// Syncs the folder, so that the rename reaches the disk; a folder that cannot be opened is skipped.
  static func syncDirectory(of path: String) {
    let folder = directory(of: path)
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
