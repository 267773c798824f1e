#if canImport(Glibc)
  import Glibc
#endif

/// Writes a file so that its path names the old content or the new, never a mixture, whenever the
/// process or the machine stops: a temporary file beside it, synced, then renamed over it.
public enum AtomicFile {
  /// - Throws: `io` with the system's reason; the old file is then as it was.
  public static func write(
    to path: String, _ body: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws {
    var template = Array("\(path).XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    let temporary = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    guard descriptor >= 0 else { throw Failure.system("create a file beside", path) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var finished = false
    defer {
      close(descriptor)
      if !finished { unlink(temporary) }
    }
    // Permissions as the process's own mask gives them, not mkstemp's private ones.
    let mask = umask(0)
    umask(mask)
    fchmod(descriptor, 0o666 & ~mask)
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
    guard fsync(descriptor) == 0 else { throw Failure.system("sync", path) }
    guard rename(temporary, path) == 0 else { throw Failure.system("replace", path) }
    finished = true
    syncDirectory(of: path)
  }

  public static func write(_ text: String, to path: String) throws {
    var text = text
    try text.withUTF8 { bytes in
      try write(to: path) { write in try write(UnsafeRawBufferPointer(bytes)) }
    }
  }

  /// The rename itself must reach the disk; a directory that cannot be opened loses only that.
  static func syncDirectory(of path: String) {
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
