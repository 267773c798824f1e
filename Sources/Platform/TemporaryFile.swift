#if canImport(Glibc)
  import Glibc
#endif

/// A file that gets its final name only when it is complete. If the file system supports unnamed files
/// (Linux's O_TMPFILE), it has no name before, so that a killed process leaves nothing behind. Otherwise it
/// has a short name, which the next save of the same path recognizes and removes, unless a running save holds
/// its lock.
struct TemporaryFile {
  private(set) var descriptor: Int32
  /// "" while the file has no name.
  private var name = ""
  private let names: [String]

  /// The maximum number of simultaneous saves of one path with named files.
  private static let mostSaves = 64

  /// - Throws: `io`.
  init(for target: String, named path: String) throws {
    names = Self.names(for: target)
    let directory = AtomicFile.directory(of: target)
    // Without /proc, a file cannot be named later.
    descriptor =
      access("/proc/self/fd", X_OK) == 0
      ? open(directory.isEmpty ? "." : directory, Self.unnamed | O_WRONLY | O_CLOEXEC, 0o666) : -1
    if descriptor >= 0 {
      _ = flock(descriptor, LOCK_EX)
      return
    }
    for name in names {
      Self.removeAbandoned(name)
      descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 {
        _ = flock(descriptor, LOCK_EX)
        // Another save may have removed the file before the lock was taken.
        var information = stat()
        if fstat(descriptor, &information) == 0, information.st_nlink > 0 {
          self.name = name
          return
        }
        Glibc.close(descriptor)
        continue
      }
      guard errno == EEXIST else { break }
    }
    throw Failure.system("create a file beside", path)
  }

  /// Copies mode and owner of the file to be replaced; the owner only if the system permits.
  func take(modeAndOwnerOf old: stat) {
    if fchown(descriptor, old.st_uid, old.st_gid) != 0 { _ = fchown(descriptor, uid_t.max, old.st_gid) }
    fchmod(descriptor, old.st_mode & 0o7777)
  }

  /// - Throws: `io`.
  mutating func put(in target: String, replacing: Bool, named path: String) throws {
    if name.isEmpty {
      if !replacing, link(as: target) { return }
      // An unnamed file cannot replace a file directly; it gets a temporary name first.
      for candidate in names {
        Self.removeAbandoned(candidate)
        if link(as: candidate) {
          name = candidate
          break
        }
        guard errno == EEXIST else { break }
      }
      guard !name.isEmpty else { throw Failure.system("create a file beside", path) }
    }
    guard rename(name, target) == 0 else { throw Failure.system("replace", path) }
    name = ""
  }

  private func link(as name: String) -> Bool {
    linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
  }

  /// Removes the file unless it was moved to its final name.
  mutating func close() {
    if !name.isEmpty { unlink(name) }
    name = ""
    Glibc.close(descriptor)
  }

  /// Names that are short for any target, and equal for every save of it.
  private static func names(for target: String) -> [String] {
    let file = target.split(separator: "/").last ?? ""
    var hash: UInt64 = 14_695_981_039_346_656_037
    for byte in file.utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
    let base = AtomicFile.directory(of: target) + ".equipoise-" + String(hash, radix: 36)
    return (0..<mostSaves).map { "\(base)-\($0).tmp" }
  }

  /// Removes the file of a killed save, whose lock no process holds.
  private static func removeAbandoned(_ name: String) {
    let found = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard found >= 0 else { return }
    if flock(found, LOCK_EX | LOCK_NB) == 0 { unlink(name) }
    Glibc.close(found)
  }

  // O_TMPFILE; Swift cannot import this macro.
  private static let unnamed: Int32 = 0o20000000 | O_DIRECTORY
}
