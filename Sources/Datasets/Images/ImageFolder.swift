import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Reads a folder of images: with a table of the files (metadata.csv or labels.csv, column "file_name"), or
/// with one folder for each class.
struct ImageFolder {
  let path: String
  let options: OpenOptions

  static let tables = ["metadata.csv", "labels.csv", "metadata.jsonl"]
  static let endings = [".png", ".jpg", ".jpeg"]

  /// - Throws: `invalidData` if no image is found, or an image is damaged (location: its path).
  func read() throws -> Dataset {
    for name in Self.tables where access("\(path)/\(name)", R_OK) == 0 {
      var plain = options
      plain.format = .auto
      let table = try Dataset.open(path: "\(path)/\(name)", options: plain)
      return table.contains("image")
        ? table : try Self.withImages(table, options.image, column: nil, beside: path)
    }
    var (files, labels): ([String], [String?]) = ([], [])
    for folder in try Self.entries(path) where Self.isFolder("\(path)/\(folder)") {
      for file in try Self.entries("\(path)/\(folder)") where Self.isImage(file) {
        files.append("\(folder)/\(file)")
        labels.append(folder)
      }
    }
    guard !files.isEmpty else {
      throw Failure.invalidData(
        "a folder is read as images, and this one has none: a folder for each class with PNG or JPEG files is read, or a table \(Self.tables[0]) "
          + "with a column \"file_name\"", at: path)
    }
    let images = try ImageReader(options.image, channels: 3).column(
      named: "image", paths: files.map { "\(path)/\($0)" })
    return try Dataset([
      images, Column(name: "label", texts: labels), Column(name: "file_name", texts: files.map { $0 }),
    ])
  }

  /// Adds the images named in one of the table's columns to the table; the column of names stays.
  static func withImages(
    _ table: Dataset, _ options: ImageOptions, column: String?, beside directory: String
  ) throws -> Dataset {
    let names = try table.column(column ?? "file_name")
    guard case .text(let texts) = names.values else {
      throw Failure.invalidColumn(names.name, "names of files are needed")
    }
    let paths = try (0..<table.rows).map { row -> String in
      let name = texts.string(row)
      guard !names.isMissing(row), !name.isEmpty else {
        throw Failure.invalidColumn(names.name, "row \(row): no file is named")
      }
      guard !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
        throw Failure.invalidColumn(names.name, "row \(row): \"\(name)\" is outside the table's folder")
      }
      let path = "\(directory)/\(name)"
      try FileBounds.require(path, at: "/image/column")
      return path
    }
    let result = try Dataset(rows: table.rows)
    try result.add(ImageReader(options, channels: 3).column(named: "image", paths: paths))
    for column in table.columns { try result.add(column) }
    return result
  }

  /// MNIST's file of labels that belongs to a file of images, if it exists.
  static func labels(beside path: String) -> String? {
    let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    var name = String(path[start...])
    for (images, labels) in [("images", "labels"), ("idx3", "idx1")] {
      let parts = name.split(separator: "-", omittingEmptySubsequences: false)
      guard parts.contains(where: { $0 == images }) else { return nil }
      name = parts.map { $0 == images ? labels : String($0) }.joined(separator: "-")
    }
    let other = path[..<start] + name
    return access(String(other), R_OK) == 0 ? String(other) : nil
  }

  static func isFolder(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
  }

  private static func isImage(_ name: String) -> Bool {
    let lower = name.lowercased()
    return endings.contains { lower.hasSuffix($0) }
  }

  /// The names in a folder, sorted, without hidden ones.
  private static func entries(_ path: String) throws -> [String] {
    guard let directory = opendir(path) else { throw Failure.system("read the folder", path) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }
}
