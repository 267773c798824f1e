extension JSONValue {
  /// The one document of a file.
  ///
  /// - Throws: `io`; `kind` with the byte offset as location when the text is not JSON.
  public static func read(path: String, failing kind: Failure.Kind = .invalidModel) throws -> JSONValue {
    let file = try MappedFile(path: path)
    return try withExtendedLifetime(file) { try parse(file.bytes.bindMemory(to: UInt8.self), failing: kind) }
  }
}
