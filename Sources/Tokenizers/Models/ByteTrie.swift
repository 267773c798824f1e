import Platform
import TextKernels

/// A map from byte strings to numbers, searched byte by byte; see byte_trie.h.
final class ByteTrie: @unchecked Sendable {
  private(set) var trie: byte_trie
  private var memory: Buffer<UInt8>

  init(expecting strings: Int) throws {
    var capacity = 1 << 10
    while capacity < strings * 4, capacity < 1 << 26 { capacity *= 2 }
    (trie, memory) = try Self.table(capacity)
    trie.nodes = 3
  }

  private static func table(_ capacity: Int) throws -> (byte_trie, Buffer<UInt8>) {
    let memory = try Buffer<UInt8>(count: capacity * MemoryLayout<byte_trie_edge>.stride, for: "a vocabulary")
    let edges = UnsafeMutableRawPointer(memory.pointer).bindMemory(
      to: byte_trie_edge.self, capacity: capacity)
    return (byte_trie(edges: edges, mask: UInt32(capacity - 1), count: 0, nodes: 0), memory)
  }

  enum Root { case first, second }

  /// - Throws: `invalidModel` if the strings have too many different prefixes.
  func insert(
    _ bytes: UnsafeBufferPointer<UInt8>, _ value: Int, root: Root = .first, at field: ModelField
  ) throws {
    let root = UInt32(root == .first ? BYTE_TRIE_ROOT : BYTE_TRIE_SECOND_ROOT)
    while !byte_trie_insert(&trie, root, bytes.baseAddress, bytes.count, Int32(truncatingIfNeeded: value)) {
      let capacity = (Int(trie.mask) + 1) * 2
      guard capacity <= 1 << 26, Int(trie.nodes) + bytes.count < BYTE_TRIE_NODES else {
        throw field.invalid("the tokens have more than \(BYTE_TRIE_NODES) different beginnings")
      }
      var (larger, added) = try Self.table(capacity)
      byte_trie_move(&trie, &larger)
      (trie, memory) = (larger, added)
    }
  }
}
