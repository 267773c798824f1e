#if canImport(Glibc)
  import Glibc
#endif

/// The folder in which a model with several files is saved.
public enum SaveDirectory {
  /// Creates the folder if it does not exist. A folder with files from other programs is refused, so that a
  /// wrong path overwrites nothing.
  ///
  /// - Parameters:
  ///   - marks: a file with any of these names shows that an earlier save created the folder.
  ///   - isOwn: whether an interrupted save may have left a file with this name.
  ///   - overwrites: whether the caller requested to write there in any case.
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
