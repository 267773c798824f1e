import Platform

/// One of the files of a tokenizer, with its bytes.
public struct TokenizerFile: Sendable {
  public let name: String
  public let bytes: Buffer<UInt8>

  public init(name: String, bytes: Buffer<UInt8>) {
    self.name = name
    self.bytes = bytes
  }

  /// The names of the files that a directory may have.
  static let names = [
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt",
    "vocab.json", "merges.txt",
  ]

  /// The tokenizer's files among `all`.
  static func read(_ all: FileSet) throws -> [TokenizerFile] {
    var files: [TokenizerFile] = []
    for name in names {
      guard all.contains(name) else { continue }
      let mapped = try all.open(name)
      let bytes = try Buffer<UInt8>(count: mapped.bytes.count, for: name)
      UnsafeMutableRawBufferPointer(bytes.elements).copyMemory(from: mapped.bytes)
      files.append(TokenizerFile(name: name, bytes: bytes))
    }
    return files
  }

  func json() throws -> ModelField {
    do {
      return ModelField(
        try JSONValue.parse(UnsafeBufferPointer(bytes.elements), failing: .invalidModel), file: name)
    } catch let failure as Failure {
      throw Failure(failure.kind, "\(name): \(failure.message)", at: name)
    }
  }

  /// The lines without their line ends.
  ///
  /// - Throws: `invalidModel` if the file is not UTF-8.
  func lines() throws -> [String] {
    var lines: [String] = []
    var start = 0
    let all = bytes.elements
    while start < all.count {
      var end = start
      while end < all.count, all[end] != 0x0A { end += 1 }
      let next = end + 1
      if end > start, all[end - 1] == 0x0D { end -= 1 }
      guard let line = String(validating: all[start..<end], as: UTF8.self) else {
        throw Failure(
          .invalidModel, "\(name):\(lines.count + 1): the line is not UTF-8", at: "\(name):\(lines.count + 1)"
        )
      }
      lines.append(line)
      start = next
    }
    return lines
  }
}
