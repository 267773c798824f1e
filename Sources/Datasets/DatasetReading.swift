import Platform

extension Dataset {
  /// Reads CSV, TSV, JSON Lines, CoNLL or IDX, also compressed with gzip, or a folder of images.
  ///
  /// - Throws: `io` if the file cannot be read, `invalidData` (location: `file:line`) for invalid content,
  ///   `invalidConfig` for options that do not fit the file, `unsupported` for other formats.
  public static func open(path: String, options: OpenOptions = OpenOptions()) throws -> Dataset {
    if options.format == .images || ImageFolder.isFolder(path) {
      return try ImageFolder(path: path, options: options).read()
    }
    let format = try options.resolvedFormat(path: path)
    let rows = try read(format: format, named: path, options: options) { lines in
      try InputBytes(path: path, lines: lines)
    }
    if format == .idx { return try withLabels(rows, beside: path, options) }
    guard let column = options.image.column else { return rows }
    let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    return try ImageFolder.withImages(rows, options.image, column: column, beside: directory)
  }

  /// MNIST's images with the labels from the corresponding file: train-images-idx3-ubyte,
  /// train-labels-idx1-ubyte.
  private static func withLabels(_ images: Dataset, beside path: String, _ options: OpenOptions) throws
    -> Dataset
  {
    let other = ImageFolder.labels(beside: path)
    guard let other, images.contains("image") else { return images }
    let input = try InputBytes(path: other)
    let labels = try read(plain: input.bytes, named: other, format: .idx, options: options)
    guard labels.rows == images.rows, labels.contains("label") else {
      throw Failure.invalidData("there are \(labels.rows) labels for \(images.rows) images", at: other)
    }
    return try Dataset(images.columns + labels.columns)
  }

  /// The same for a file's bytes in memory; `name` appears in errors and determines the format.
  public static func read(
    bytes: UnsafeRawBufferPointer, named name: String, options: OpenOptions = OpenOptions()
  ) throws -> Dataset {
    let format = try options.resolvedFormat(path: name)
    return try read(format: format, named: name, options: options) { lines in
      try InputBytes(packed: bytes, named: name, lines: lines)
    }
  }

  /// If only some rows are needed, compressed text is unpacked only as far as needed, in increasing pieces,
  /// because a record may have many lines.
  private static func read(
    format: OpenOptions.Format, named name: String, options: OpenOptions,
    _ input: (_ lines: Int?) throws -> InputBytes
  ) throws -> Dataset {
    func table(of input: InputBytes) throws -> Dataset {
      try withExtendedLifetime(input) {
        try read(plain: input.bytes, named: name, format: format, options: options)
      }
    }
    guard let wanted = options.maximumRows, format != .idx, format != .images else {
      return try table(of: input(nil))
    }
    var lines = 64
    for part in [wanted, options.skipRows] { lines = lines.addingReportingOverflow(part).partialValue }
    while lines > 0 {
      let found = try input(lines)
      if found.isWhole { return try table(of: found) }
      // The text may end inside a quoted cell.
      if let rows = try? table(of: found), rows.rows >= wanted { return rows }
      try Memory.check()
      lines = lines.multipliedReportingOverflow(by: 4).overflow ? 0 : lines * 4
    }
    return try table(of: input(nil))
  }

  private static func read(
    plain: UnsafeRawBufferPointer, named name: String, format: OpenOptions.Format, options: OpenOptions
  ) throws -> Dataset {
    let start = plain.prefix(3)
    if format != .idx { try FileSignature.requireText(plain, named: name) }
    // A byte order mark is skipped.
    let skipped = start.elementsEqual([0xef, 0xbb, 0xbf]) ? 3 : 0
    let content = UnsafeRawBufferPointer(rebasing: plain.dropFirst(skipped))
    switch format {
    case .jsonl: return try JSONLinesReader(name: name, options: options).read(content)
    case .conll: return try CoNLLReader(name: name, options: options).read(content)
    case .idx: return try IDXReader(name: name, options: options).read(plain)
    case .images:
      throw Failure.unsupported("\(name): images are read from a folder, by its path", at: "/format")
    case .tsv, .csv, .auto:
      let reader = try DelimitedReader(
        name: name, options: options, defaultDelimiter: format == .tsv ? "\t" : ",")
      return try reader.read(content)
    }
  }

  /// "1,040": a count in the form used by messages.
  static func grouped(_ count: Int) -> String {
    var digits = Array(String(count))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return String(digits)
  }
}
