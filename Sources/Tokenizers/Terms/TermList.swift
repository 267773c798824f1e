import Platform

extension Lexicon {
  /// The terms of a file: a JSON array of terms, or one term per line.
  ///
  /// - Throws: `io`; `invalidData` for other JSON.
  public static func terms(ofFile path: String) throws -> [String] {
    let file = try MappedFile(path: path)
    return try withExtendedLifetime(file) {
      let bytes = file.bytes.bindMemory(to: UInt8.self)
      guard bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "[") else {
        return TermGroups.lines(String(decoding: bytes, as: UTF8.self)).filter {
          !TermFinder.trimmed($0).isEmpty
        }
      }
      let json = ModelField(try JSONValue.parse(bytes, failing: .invalidData), file: path)
      return try json.elements().map { try $0.string() }
    }
  }
}
