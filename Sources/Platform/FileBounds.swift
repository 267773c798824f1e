#if canImport(Glibc)
  import Glibc
#endif

/// The folder in which files named by configurations or by other files must lie, so that untrusted input
/// cannot reach every file of the process.
public enum FileBounds {
  private static let lock = Lock()
  nonisolated(unsafe) private static var root: String?

  /// Restricts paths in configurations to a folder; nil: no restriction, which is the default.
  ///
  /// - Throws: `io` if the folder does not exist.
  public static func setRoot(_ path: String?) throws {
    var folder: String?
    if let path {
      guard let resolved = resolved(path), isDirectory(resolved) else {
        errno = errno == 0 ? ENOTDIR : errno
        throw Failure.system("take as the root", path)
      }
      folder = resolved
    }
    lock.withLock { root = folder }
  }

  /// - Parameter pointer: the JSON pointer of the path in the configuration.
  /// - Throws: `refused` if a root is set and the path, after following links, lies outside it.
  public static func require(_ path: String, at pointer: String) throws {
    guard let root = lock.withLock({ root }) else { return }
    guard let place = resolved(path) ?? resolvedFolder(of: path), isWithin(place, root) else {
      throw Failure(
        .refused, "\(pointer): \"\(path)\" lies outside the folder that this process allows", at: pointer)
    }
  }

  /// Whether a path lies in a folder after following links; true if the path does not exist.
  public static func leads(_ path: String, into folder: String) -> Bool {
    guard let place = resolved(path), let folder = resolved(folder.isEmpty ? "." : folder) else {
      return true
    }
    return isWithin(place, folder)
  }

  /// The path without links, "." and ".."; nil if it does not exist.
  public static func resolved(_ path: String) -> String? {
    guard let place = realpath(path, nil) else { return nil }
    defer { free(place) }
    return String(cString: place)
  }

  private static func resolvedFolder(of path: String) -> String? {
    let folder = AtomicFile.directory(of: path)
    guard let place = resolved(folder.isEmpty ? "." : folder) else { return nil }
    let name = path.split(separator: "/").last ?? ""
    return name == ".." ? nil : "\(place)/\(name)"
  }

  private static func isWithin(_ place: String, _ folder: String) -> Bool {
    folder == "/" || place == folder || place.hasPrefix(folder + "/")
  }

  private static func isDirectory(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
  }
}
