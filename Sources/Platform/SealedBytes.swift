/// Saved state that ends with its own digest, so that changed or truncated bytes are detected.
public enum SealedBytes {
  /// The bytes of a writer, followed by their digest.
  public static func seal(_ writer: ByteWriter) -> [UInt8] {
    var writer = writer
    writer.write(writer.bytes.withUnsafeBytes(digest))
    return writer.bytes
  }

  /// The bytes without the digest.
  ///
  /// - Parameter what: the name of the bytes in messages, such as "auditor"; `article` is "an" or "a".
  /// - Throws: `integrity` if the digest does not match.
  public static func open(_ bytes: UnsafeRawBufferPointer, what: String, article: String) throws
    -> UnsafeRawBufferPointer
  {
    let ending = 8 + Digest.length
    guard bytes.count > ending else {
      throw Failure(.integrity, "\(bytes.count) bytes are too few for \(article) \(what)")
    }
    let content = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - ending)])
    var end = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - ending)...]), what: what)
    guard let found = try? end.text(), found == digest(content) else {
      throw Failure(.integrity, "the \(what)'s bytes were changed or cut: their digest does not match")
    }
    return content
  }

  private static func digest(_ bytes: UnsafeRawBufferPointer) -> String {
    let digest = Digest()
    digest.update(bytes)
    return digest.finish()
  }
}
