import CZlib
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The bytes of a file: mapped into memory, or for gzip (RFC 1952) unpacked.
final class InputBytes {
  let bytes: UnsafeRawBufferPointer
  /// Whether the whole file was read; false if unpacking stopped after the requested number of lines.
  let isWhole: Bool
  private let file: MappedFile?
  private let unpacked: UnsafeMutableRawPointer?

  /// - Parameter lines: for compressed text, about how many whole lines to unpack; nil: all.
  /// - Throws: `io` if the file cannot be read; `invalidData` if gzip data are damaged or truncated.
  init(path: String, lines: Int? = nil) throws {
    let file = try MappedFile(path: path)
    if file.bytes.count >= 2, file.bytes[0] == 0x1f, file.bytes[1] == 0x8b {
      let memory = try Self.unpack(file.bytes, named: path, lines: lines)
      isWhole = memory.isWhole
      unpacked = memory.pointer
      bytes = UnsafeRawBufferPointer(start: memory.pointer, count: memory.count)
      self.file = nil
    } else {
      self.file = file
      isWhole = true
      unpacked = nil
      bytes = file.bytes
      Self.populate(bytes)
    }
  }

  /// Maps the pages of a file in large pieces on all threads; page faults would map them one by one.
  private static func populate(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    let page = 1 << 16
    let shards = WorkerPool.shards(of: bytes.count / page, minimum: 16)
    WorkerPool.run(shards: shards.count) { shard in
      // Available from Linux 5.14 on; older systems return an error, and pages are mapped by page faults.
      let populateForReading: Int32 = 22
      madvise(
        UnsafeMutableRawPointer(mutating: base + shards[shard].lowerBound * page),
        shards[shard].count * page, populateForReading)
    }
  }

  /// Unpacks `packed` if it is gzip; otherwise refers to it, and it must outlive this object.
  init(packed: UnsafeRawBufferPointer, named name: String, lines: Int? = nil) throws {
    file = nil
    if packed.count >= 2, packed[0] == 0x1f, packed[1] == 0x8b {
      let memory = try Self.unpack(packed, named: name, lines: lines)
      isWhole = memory.isWhole
      unpacked = memory.pointer
      bytes = UnsafeRawBufferPointer(start: memory.pointer, count: memory.count)
    } else {
      isWhole = true
      unpacked = nil
      bytes = packed
    }
  }

  deinit { free(unpacked) }

  /// Unpacks all members of a gzip file in sequence, or until the number of lines is reached.
  private static func unpack(
    _ packed: UnsafeRawBufferPointer, named name: String, lines: Int?
  ) throws -> (pointer: UnsafeMutableRawPointer, count: Int, isWhole: Bool) {
    var linesLeft = lines ?? Int.max
    func broken(_ reason: String, _ offset: Int) -> Failure {
      .invalidData("\(name): the gzip data \(reason) (at byte \(offset) of \(packed.count))")
    }
    var stream = z_stream()
    // 15: the window size; + 16: gzip headers only.
    guard inflateInit2_(&stream, 31, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw Failure.outOfMemory(bytes: 1 << 16, for: "unpacking \(name)")
    }
    defer { inflateEnd(&stream) }
    var capacity = lines == nil ? max(packed.count * 4, 1 << 16) : 1 << 16
    guard var memory = malloc(capacity) else { throw Failure.outOfMemory(bytes: capacity, for: name) }
    var finished = false
    defer { if !finished { free(memory) } }
    var (taken, count) = (0, 0)
    while taken < packed.count {
      if count == capacity {
        guard let larger = realloc(memory, capacity * 2) else {
          throw Failure.outOfMemory(bytes: capacity * 2, for: name)
        }
        memory = larger
        capacity *= 2
      }
      let input = UInt32(clamping: min(packed.count - taken, 1 << 30))
      let room = UInt32(clamping: min(capacity - count, lines == nil ? 1 << 30 : 1 << 16))
      stream.next_in = packed.baseAddress.map {
        UnsafeMutablePointer(mutating: ($0 + taken).assumingMemoryBound(to: Bytef.self))
      }
      stream.avail_in = input
      stream.next_out = (memory + count).assumingMemoryBound(to: Bytef.self)
      stream.avail_out = room
      let status = inflate(&stream, Z_NO_FLUSH)
      taken += Int(input - stream.avail_in)
      let before = count
      count += Int(room - stream.avail_out)
      try HostCall.check()
      if lines != nil {
        let made = UnsafeRawBufferPointer(start: memory + before, count: count - before)
        linesLeft -= made.reduce(0) { $1 == 10 ? $0 + 1 : $0 }
        // Cuts the output after the last line end.
        if linesLeft <= 0, let last = made.lastIndex(of: 10) {
          finished = true
          return (memory, before + last + 1, false)
        }
      }
      switch status {
      case Z_STREAM_END:
        // Another member follows, or padding with zeros, which tape tools add.
        if packed[taken...].allSatisfy({ $0 == 0 }) {
          finished = true
          return (memory, count, true)
        }
        guard inflateReset(&stream) == Z_OK else { throw broken("is broken", taken) }
      case Z_OK: continue
      case Z_BUF_ERROR where stream.avail_out == 0: continue
      case Z_MEM_ERROR: throw Failure.outOfMemory(bytes: 1 << 16, for: "unpacking \(name)")
      default: throw broken("is broken", taken)
      }
    }
    // All input was consumed but output may be incomplete.
    throw broken("ends too early: the file is cut off", taken)
  }
}
