/// Reads a tar archive (POSIX.1-1988 ustar, POSIX.1-2001 pax, GNU) in memory.
public enum TarArchive {
  private static let block = MemorySink.block

  public static func isOne(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= block && bytes[257..<262].elementsEqual("ustar".utf8)
  }

  /// The files by their names; a folder that contains all of them is removed from the names.
  ///
  /// - Parameters:
  ///   - owner: keeps the bytes alive.
  ///   - location: the name of the archive in messages.
  /// - Throws: `invalidModel` at `location:offset` for a damaged or truncated archive; `unsupported` for
  ///   links.
  public static func files(_ bytes: UnsafeRawBufferPointer, owner: AnyObject, named location: String) throws
    -> [String: MemoryFile]
  {
    var found: [String: UnsafeRawBufferPointer] = [:]
    var (offset, longName): (Int, String?) = (0, nil)
    while offset + block <= bytes.count {
      func broken(_ reason: String) -> Failure {
        .invalidModel("the archive \(reason)", at: "\(location):\(offset)")
      }
      let header = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + block)])
      if header.allSatisfy({ $0 == 0 }) { break }
      guard let sum = octal(header[148..<156]), sum == checksum(header) else {
        throw broken("has a header whose checksum is wrong")
      }
      guard let size = size(header[124..<136]), size <= bytes.count - offset - block else {
        throw broken("is cut off")
      }
      let content = UnsafeRawBufferPointer(rebasing: bytes[(offset + block)..<(offset + block + size)])
      let kind = header[156]
      switch kind {
      case UInt8(ascii: "0"), 0:
        found[longName ?? name(header)] = content
        longName = nil
      case UInt8(ascii: "L"): longName = text(content)
      case UInt8(ascii: "x"): longName = paxPath(content) ?? longName
      case UInt8(ascii: "5"), UInt8(ascii: "g"): longName = nil
      default:
        throw Failure.unsupported(
          "the archive has an entry of the kind \"\(Character(Unicode.Scalar(kind)))\"; files and folders are read",
          at: "\(location):\(offset)")
      }
      let padded = (size + block - 1) / block * block
      guard padded <= bytes.count - offset - block else { break }
      offset += block + padded
    }
    guard !found.isEmpty else { throw Failure.invalidModel("the archive has no files", at: location) }
    let names = withoutSharedFolder(found)
    return Dictionary(
      names.map { name, content in
        (name, MemoryFile(content, named: "\(location)/\(name)", owner: owner))
      }, uniquingKeysWith: { _, last in last })
  }

  private static func withoutSharedFolder(_ files: [String: UnsafeRawBufferPointer]) -> [(
    String, UnsafeRawBufferPointer
  )] {
    let plain = files.map { name, content in
      (name.hasPrefix("./") ? String(name.dropFirst(2)) : name, content)
    }
    let folders = Set(
      plain.map { name, _ in
        name.split(separator: "/", maxSplits: 1).count == 2 ? name.prefix { $0 != "/" } : ""
      })
    guard folders.count == 1, let folder = folders.first, !folder.isEmpty else { return plain }
    return plain.map { name, content in (String(name.dropFirst(folder.count + 1)), content) }
  }

  private static func name(_ header: UnsafeRawBufferPointer) -> String {
    let (name, prefix) = (text(header[0..<100]), text(header[345..<500]))
    return prefix.isEmpty ? name : prefix + "/" + name
  }

  private static func text(_ bytes: some Collection<UInt8>) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The sum of a header's bytes, with its checksum field taken as spaces.
  private static func checksum(_ header: UnsafeRawBufferPointer) -> Int {
    var sum = 0
    for (index, byte) in header.enumerated() {
      sum += (148..<156).contains(index) ? Int(UInt8(ascii: " ")) : Int(byte)
    }
    return sum
  }

  private static func octal(_ field: Slice<UnsafeRawBufferPointer>) -> Int? {
    let digits = field.drop { $0 == 32 }.prefix { $0 != 0 && $0 != 32 }
    return Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
  }

  /// Reads octal digits, or GNU tar's binary number of eight bytes.
  private static func size(_ field: Slice<UnsafeRawBufferPointer>) -> Int? {
    guard field.first == 0x80 else { return octal(field) }
    var number = 0
    for byte in field.dropFirst() {
      guard number < 1 << 53 else { return nil }
      number = number << 8 | Int(byte)
    }
    return number
  }

  /// The record "path" of a pax header; its records have the form "length key=value\n".
  private static func paxPath(_ content: UnsafeRawBufferPointer) -> String? {
    for record in content.split(separator: UInt8(ascii: "\n")) {
      let text = String(decoding: record, as: UTF8.self)
      guard let blank = text.firstIndex(of: " ") else { continue }
      let pair = text[text.index(after: blank)...]
      if pair.hasPrefix("path=") { return String(pair.dropFirst("path=".count).prefix { $0 != "\0" }) }
    }
    return nil
  }
}
