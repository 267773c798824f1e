#if canImport(Glibc)
  import Glibc
#endif

/// A whole file, mapped read-only into memory, so that large weights are not copied.
public final class MappedFile: @unchecked Sendable {
  public let path: String
  /// The whole content; valid while this object exists.
  public let bytes: UnsafeRawBufferPointer

  /// - Throws: `io` with the system's error message and the path.
  public init(path: String) throws {
    // With O_NONBLOCK, opening a pipe without a writer does not block.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw Failure.system("open", path) }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw Failure.system("read", path) }
    guard information.st_mode & S_IFMT == S_IFREG else {
      throw Failure(
        .io, "\(path) is not a regular file; a directory, device, pipe or socket is not read", at: path)
    }
    self.path = path
    let size = Int(information.st_size)
    if size == 0 {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED else {
      throw Failure.system("map", path)
    }
    bytes = UnsafeRawBufferPointer(start: memory, count: size)
  }

  /// Releases the memory of a part's pages, which are loaded again from the file when they are read.
  public func releasePages(_ part: UnsafeRawBufferPointer) {
    guard let start = part.baseAddress else { return }
    let page = 4096
    let first = (Int(bitPattern: start) + page - 1) & ~(page - 1)
    let end = (Int(bitPattern: start) + part.count) & ~(page - 1)
    guard end > first, let place = UnsafeMutableRawPointer(bitPattern: first) else { return }
    madvise(place, end - first, MADV_DONTNEED)
  }

  /// Whether the path exists.
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  deinit {
    if let base = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }
  }
}

extension Failure {
  /// An `io` error with the system's message for the last failed call.
  public static func system(_ action: String, _ path: String) -> Failure {
    let reason = errno
    if reason == ENOMEM { return outOfMemory(bytes: 0, for: path) }
    return Failure(.io, "cannot \(action) \(path): \(String(cString: strerror(reason)))", at: path)
  }
}
