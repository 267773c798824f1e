extension JSONValue {
  /// Reads a file with one JSON document.
  ///
  /// - Throws: `io`; `kind` with the byte offset as location if the text is not JSON.
  public static func read(path: String, failing kind: Failure.Kind = .invalidModel) throws -> JSONValue {
    let file = try MappedFile(path: path)
    return try withExtendedLifetime(file) { try parse(file.bytes.bindMemory(to: UInt8.self), failing: kind) }
  }
}
