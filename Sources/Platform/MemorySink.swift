#if canImport(Glibc)
  import Glibc
#endif

/// Files in one block of memory: a single file unchanged, or several as a tar archive (POSIX.1-1988, ustar),
/// which any tool can unpack.
public final class MemorySink: FileSink {
  /// The size in bytes of an archive's blocks and headers.
  static let block = 512

  public let location: String
  private let isArchive: Bool
  private var memory: UnsafeMutableRawPointer?
  private var capacity = 0
  private var count = 0

  /// - Parameter isArchive: whether several files may be written.
  public init(archive isArchive: Bool, named location: String = "memory") {
    self.isArchive = isArchive
    self.location = location
  }

  deinit { free(memory) }

  public func prepare(marks: [String], overwrites: Bool, isOwn: (String) -> Bool) throws {}
  public func remove(_ name: String) {}
  public var names: [String] { [] }

  public func write(_ name: String, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
    guard isArchive else { return try body(append) }
    guard name.utf8.count <= 100 else {
      throw Failure.unsupported(
        "the name \"\(name)\" is longer than the 100 bytes that an archive has room for")
    }
    let header = count
    try append(zeros: Self.block)
    try body(append)
    let size = count - header - Self.block
    try append(zeros: (Self.block - size % Self.block) % Self.block)
    try writeHeader(name, size: size, at: header)
  }

  /// Returns the block, which the caller must free; no files may be written afterwards.
  public func take() throws -> (pointer: UnsafeMutableRawPointer, count: Int) {
    // An archive ends with two empty blocks.
    if isArchive { try append(zeros: 2 * Self.block) }
    if memory == nil { try reserve(1) }
    guard let memory else { throw Failure.outOfMemory(bytes: 1, for: "a saved model") }
    defer { (self.memory, count, capacity) = (nil, 0, 0) }
    return (memory, count)
  }

  private func append(_ bytes: UnsafeRawBufferPointer) throws {
    try HostCall.check()
    guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
    try reserve(bytes.count)
    if let memory { memcpy(memory + count, source, bytes.count) }
    count += bytes.count
  }

  private func append(zeros: Int) throws {
    guard zeros > 0 else { return }
    try reserve(zeros)
    if let memory { memset(memory + count, 0, zeros) }
    count += zeros
  }

  private func reserve(_ more: Int) throws {
    let (needed, overflow) = count.addingReportingOverflow(more)
    guard !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: "a saved model") }
    guard needed > capacity else { return }
    for wanted in [max(needed, capacity + capacity / 2, 4096), needed] {
      guard let larger = realloc(memory, wanted) else { continue }
      memory = larger
      capacity = wanted
      return
    }
    throw Failure.outOfMemory(bytes: needed, for: "a saved model")
  }

  private func writeHeader(_ name: String, size: Int, at place: Int) throws {
    guard let memory else { return }
    let header = (memory + place).assumingMemoryBound(to: UInt8.self)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    func octal(_ number: Int, digits: Int, at offset: Int) {
      let text = String(number, radix: 8)
      put(String(repeating: "0", count: max(0, digits - text.utf8.count)) + text, at: offset)
    }
    guard size < 1 << 33 else {
      throw Failure.unsupported("\"\(name)\" has \(size) bytes; an archive holds files of less than 8 GiB")
    }
    put(name, at: 0)
    octal(0o644, digits: 7, at: 100)
    octal(0, digits: 7, at: 108)
    octal(0, digits: 7, at: 116)
    octal(size, digits: 11, at: 124)
    octal(0, digits: 11, at: 136)
    put("        ", at: 148)
    put("0", at: 156)
    put("ustar", at: 257)
    put("00", at: 263)
    var sum = 0
    for index in 0..<Self.block { sum += Int(header[index]) }
    octal(sum, digits: 6, at: 148)
    header[154] = 0
  }
}
