#if canImport(Glibc)
  import Glibc
#endif

/// The folder that a model of several files is saved into.
public enum SaveDirectory {
  /// Makes the folder if it is not there. One with a stranger's files is refused, so that a wrong path mixes nothing
  /// and overwrites nothing.
  ///
  /// - Parameters:
  ///   - marks: a file of any of these names tells that an earlier save made the folder.
  ///   - isOwn: whether a save that was killed may have left a file of this name.
  ///   - overwrites: the caller asked to write there in any case.
  /// - Throws: `io`; `refused` for a folder with other files.
  public static func prepare(
    _ directory: String, marks: [String], overwrites: Bool, isOwn: (String) -> Bool = { _ in false }
  ) throws {
    if mkdir(directory, 0o777) == 0 { return }
    guard errno == EEXIST else { throw Failure.system("make the directory", directory) }
    let names = try entries(directory)
    if overwrites || !marks.allSatisfy({ !names.contains($0) }) { return }
    if let foreign = names.first(where: { !isOwn($0) && !$0.hasPrefix(".equipoise-") }) {
      throw Failure(
        .refused,
        "\(directory) has other files, such as \"\(foreign)\"; an empty or a new folder is accepted, or "
          + "\"overwrite\": true", at: directory)
    }
  }

  /// The names in a folder, sorted, without "." and "..".
  ///
  /// - Throws: `io`.
  public static func entries(_ directory: String) throws -> [String] {
    guard let listing = opendir(directory) else { throw Failure.system("read the folder", directory) }
    defer { closedir(listing) }
    var names: [String] = []
    while let entry = readdir(listing) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
