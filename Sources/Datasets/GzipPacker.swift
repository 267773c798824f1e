import CZlib
import Platform

/// Compresses bytes that arrive in pieces with gzip (RFC 1952); it writes no time, so that equal content
/// gives equal files.
final class GzipPacker {
  private var stream = z_stream()
  private let room: Buffer<UInt8>

  init() throws {
    room = try Buffer(count: 1 << 18, for: "packing")
    let status = deflateInit2_(
      &stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw Failure.outOfMemory(bytes: 1 << 18, for: "packing") }
  }

  deinit { deflateEnd(&stream) }

  func pack(
    _ bytes: UnsafeRawBufferPointer, last: Bool, to write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var taken = 0
    while true {
      let piece = min(bytes.count - taken, 1 << 30)
      stream.next_in = bytes.baseAddress.map {
        UnsafeMutablePointer(mutating: ($0 + taken).assumingMemoryBound(to: Bytef.self))
      }
      stream.avail_in = UInt32(clamping: piece)
      stream.next_out = room.pointer
      stream.avail_out = UInt32(clamping: room.count)
      let finishing = last && taken + piece == bytes.count
      let status = deflate(&stream, finishing ? Z_FINISH : Z_NO_FLUSH)
      guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
        throw Failure.internal("deflate returned \(status)")
      }
      taken += piece - Int(stream.avail_in)
      try write(UnsafeRawBufferPointer(start: room.pointer, count: room.count - Int(stream.avail_out)))
      if finishing ? status == Z_STREAM_END : taken == bytes.count && stream.avail_out > 0 { return }
    }
  }
}
