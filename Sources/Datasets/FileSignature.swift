import Platform

/// Recognizes binary files by their first bytes, even if their name says that they are text.
enum FileSignature {
  private static let known: [(bytes: [UInt8], what: String)] = [
    (
      [0x50, 0x4b, 0x03, 0x04],
      "a ZIP archive, as .zip and .xlsx files are; unpack it, or save the sheet as CSV"
    ),
    ([0xd0, 0xcf, 0x11, 0xe0], "an Excel workbook (.xls); save the sheet as CSV"),
    (
      Array("PAR1".utf8),
      "a Parquet file; read it with a library that has it and pass it on as an Arrow stream"
    ),
    (Array("ARROW1".utf8), "an Arrow file; open it with an Arrow library and pass it on as an Arrow stream"),
    (Array("FEA1".utf8), "a Feather file; open it with an Arrow library and pass it on as an Arrow stream"),
    (Array("ORC".utf8), "an ORC file; read it with a library that has it and pass it on as an Arrow stream"),
    (Array("SQLite format 3".utf8), "an SQLite database; export the table as CSV"),
    (Array("%PDF-".utf8), "a PDF document, which has no rows that could be read"),
    (Array("BZh".utf8), "packed with bzip2; unpack it, or pack it with gzip"),
    ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "packed with xz; unpack it, or pack it with gzip"),
    ([0x28, 0xb5, 0x2f, 0xfd], "packed with zstd; unpack it, or pack it with gzip"),
    ([0x37, 0x7a, 0xbc, 0xaf], "a 7z archive; unpack it"),
    ([0x89, 0x50, 0x4e, 0x47], "a PNG image; a folder of images is read by its path"),
    ([0xff, 0xd8, 0xff], "a JPEG image; a folder of images is read by its path"),
    ([0x89, 0x48, 0x44, 0x46], "an HDF5 file; export the table as CSV"),
    (Array("<!DOCTYPE".utf8), "an HTML page; was an error page saved instead of the table?"),
    (Array("<html".utf8), "an HTML page; was an error page saved instead of the table?"),
  ]

  /// - Throws: `invalidData` for a binary file, or an encoding other than UTF-8.
  static func requireText(_ bytes: UnsafeRawBufferPointer, named name: String) throws {
    if let encoding = encoding(bytes) {
      throw Failure.invalidData(
        "the file is \(encoding); convert it to UTF-8, for example with iconv -f \(encoding) -t UTF-8",
        at: "\(name):1")
    }
    let found = known.first { signature in
      bytes.count >= signature.bytes.count && zip(signature.bytes, bytes).allSatisfy { $0 == $1 }
    }
    // Signatures that are words may also begin a text; they count only if bytes follow that do not occur in
    // text.
    guard let found, found.bytes.count > 3 || bytes.prefix(64).contains(where: { $0 == 0 || $0 > 0xf4 })
    else { return }
    throw Failure.invalidData("the file is \(found.what)", at: "\(name):1")
  }

  /// Detects UTF-16 and UTF-32, by their byte order marks or by the zero bytes of Latin letters.
  private static func encoding(_ bytes: UnsafeRawBufferPointer) -> String? {
    let start = Array(bytes.prefix(4))
    if start == [0xff, 0xfe, 0, 0] || start == [0, 0, 0xfe, 0xff] { return "UTF-32" }
    if start.starts(with: [0xff, 0xfe]) || start.starts(with: [0xfe, 0xff]) { return "UTF-16" }
    let sample = Array(bytes.prefix(64))
    guard sample.count >= 8 else { return nil }
    func zeros(_ places: (Int) -> Bool) -> Bool {
      sample.indices.allSatisfy { places($0) == (sample[$0] == 0) }
    }
    if zeros({ $0 % 4 != 0 }) { return "UTF-32LE" }
    if zeros({ $0 % 4 != 3 }) { return "UTF-32BE" }
    if zeros({ $0 % 2 == 1 }) { return "UTF-16LE" }
    if zeros({ $0 % 2 == 0 }) { return "UTF-16BE" }
    return nil
  }
}
