import Platform
import TableKernels

extension Dataset {
  /// BLAKE2b over names, types and values. Equal tables have equal digests, independent of their storage; the
  /// stored values of missing rows have no effect.
  ///
  /// Columns are digested in blocks of rows on all threads; then the blocks' digests are digested in order.
  public func digest() throws -> String {
    let digest = Digest()
    digest.update("rows \(rows)\n")
    for column in columns {
      digest.update("\(column.name.utf8.count) \(column.name) \(column.values.typeName)\n")
      // Read first, because the column is locked while its digests are computed.
      let codes = column.knownCodes
      for block in try column.digests({ try column.blockDigests(codes) }) { digest.update(block) }
    }
    return digest.finish()
  }
}

extension Column {
  private static let blockRows = 1 << 16
  /// The bytes of a block of the widest numbers and of the nine bytes before them, rounded up to whole words.
  private static let blockBytes = 16 + 8 * blockRows

  /// - Parameter codes: the integers as codes, an eighth of the bytes to read, with the same result.
  fileprivate func blockDigests(_ codes: (bytes: Buffer<UInt8>, start: Int64)?) throws -> [String] {
    let blocks = (rows + Self.blockRows - 1) / Self.blockRows
    let shards = WorkerPool.shards(of: blocks, minimum: 1)
    // Room for one block of the widest numbers, for each shard.
    let memory = try shards.map { _ in try Buffer<UInt8>(count: 2 * Self.blockBytes, for: "a digest") }
    var digests = [String](repeating: "", count: blocks)
    digests.withUnsafeMutableBufferPointer { digests in
      let digests = digests
      WorkerPool.run(shards: shards.count) { shard in
        for block in shards[shard] {
          let range = block * Self.blockRows..<min((block + 1) * Self.blockRows, rows)
          let digest = Digest()
          if let codes {
            let count = integer_block_pack_codes(
              codes.bytes.pointer + range.lowerBound, range.count, codes.start, memory[shard].pointer)
            digest.update(UnsafeRawBufferPointer(start: memory[shard].pointer, count: count))
          } else {
            feed(range, to: digest, memory[shard].pointer)
          }
          digests[block] = digest.finish()
        }
      }
    }
    return digests
  }

  /// Adds the values, in which each missing one is replaced by a constant, and then the bitmap of missing
  /// values.
  private func feed(_ range: Range<Int>, to digest: Digest, _ memory: UnsafeMutablePointer<UInt8>) {
    switch values {
    case .float32(let buffer): feed(buffer, range, missing: .nan, to: digest, memory)
    case .float64(let buffer): feed(buffer, range, missing: .nan, to: digest, memory)
    case .int64(let buffer):
      var start = UnsafePointer(buffer.pointer + range.lowerBound)
      if missingCount > 0 {
        let copy = UnsafeMutableRawPointer(memory + Self.blockBytes).assumingMemoryBound(to: Int64.self)
        for (place, row) in range.enumerated() { copy[place] = isMissing(row) ? 0 : buffer.pointer[row] }
        start = UnsafePointer(copy)
      }
      let count = integer_block_pack(start, range.count, memory)
      digest.update(UnsafeRawBufferPointer(start: memory, count: count))
    case .text(let texts):
      for row in range where missingCount == 0 || !isMissing(row) {
        digest.update(UnsafeRawBufferPointer(start: texts.cell(row), count: texts.length(row) + 1))
      }
    case .tensor(let buffer, let shape):
      let width = shape.reduce(1, *)
      digest.update("\(shape)")
      digest.update(
        UnsafeRawBufferPointer(
          start: buffer.pointer + range.lowerBound * width, count: range.count * width * 4))
    }
    guard missingCount > 0 else { return }
    for row in range where isMissing(row) { digest.update("missing \(row)\n") }
  }

  private func feed<Element>(
    _ buffer: Buffer<Element>, _ range: Range<Int>, missing: Element, to digest: Digest,
    _ memory: UnsafeMutablePointer<UInt8>
  ) {
    let size = range.count * MemoryLayout<Element>.size
    if missingCount == 0 {
      digest.update(UnsafeRawBufferPointer(start: buffer.pointer + range.lowerBound, count: size))
      return
    }
    memory.withMemoryRebound(to: Element.self, capacity: range.count) { copy in
      for (place, row) in range.enumerated() { copy[place] = isMissing(row) ? missing : buffer.pointer[row] }
    }
    digest.update(UnsafeRawBufferPointer(start: memory, count: size))
  }
}
