import Platform
import TableKernels

#if canImport(Glibc)
  import Glibc
#endif

/// The markers of missing values in the kernels' format.
final class MissingMarkers {
  let pointer: UnsafeMutablePointer<missing_markers>
  private let texts: Buffer<UnsafePointer<CChar>?>
  private let lengths: Buffer<Int>

  init(_ markers: [String], quoted: Bool) throws {
    texts = try Buffer(count: markers.count, for: "markers")
    lengths = try Buffer(count: markers.count, for: "markers")
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: missing_markers())
    for (index, marker) in markers.enumerated() {
      guard let copy = strdup(marker) else { throw Failure.outOfMemory(bytes: 64, for: "markers") }
      texts.elements[index] = UnsafePointer(copy)
      lengths.elements[index] = marker.utf8.count
    }
    pointer.pointee.texts = UnsafePointer(texts.pointer)
    pointer.pointee.lengths = UnsafePointer(lengths.pointer)
    pointer.pointee.count = markers.count
    pointer.pointee.quoted = quoted
    pointer.pointee.empty = markers.contains("")
    withUnsafeMutableBytes(of: &pointer.pointee.first_bytes) { bytes in
      for marker in markers {
        if let first = marker.utf8.first { bytes[Int(first)] = 1 }
      }
    }
  }

  deinit {
    for text in texts.elements { free(UnsafeMutablePointer(mutating: text)) }
    pointer.deallocate()
  }
}
