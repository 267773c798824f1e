import Datasets
import Platform

/// The shingles (runs of words) of each text as hashes. Words are separated by spaces and punctuation, and
/// converted to lower case.
struct Shingles {
  /// For each row, in ascending order without duplicates.
  private let hashes: [[UInt64]]
  private let missing: [Bool]

  init(_ column: Column, words: Int) throws {
    try Memory.requireRoom(forRows: column.rows, for: "runs of words")
    guard case .text(let texts) = column.values else {
      throw Failure.invalidColumn(column.name, "holds \(column.values.typeName); texts are needed")
    }
    var hashes: [[UInt64]] = []
    for row in 0..<column.rows {
      if row % 1024 == 0 { try HostCall.check() }
      hashes.append(column.isMissing(row) ? [] : Self.runs(of: texts, row, words))
    }
    self.hashes = hashes
    missing = (0..<column.rows).map { column.isMissing($0) }
  }

  private static func runs(of texts: TextValues, _ row: Int, _ words: Int) -> [UInt64] {
    var ofWords: [UInt64] = []
    var (hash, isWord) = (UInt64(0xcbf2_9ce4_8422_2325), false)
    let cell = texts.cell(row)
    for place in 0..<texts.length(row) {
      var byte = UInt8(bitPattern: cell[place])
      if (0x41...0x5a).contains(byte) { byte += 0x20 }
      let belongs = byte >= 0x80 || (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte)
      if belongs {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        isWord = true
      } else if isWord {
        ofWords.append(hash)
        (hash, isWord) = (0xcbf2_9ce4_8422_2325, false)
      }
    }
    if isWord { ofWords.append(hash) }
    let length = min(words, max(1, ofWords.count))
    var runs = Set<UInt64>()
    for start in 0..<max(0, ofWords.count - length + 1) {
      var run = RandomStream(seed: 0)
      var sum: UInt64 = 0
      for word in ofWords[start..<start + length] {
        run = RandomStream(seed: sum ^ word)
        sum = run.next()
      }
      runs.insert(sum)
    }
    return runs.sorted()
  }

  func isMissing(_ row: Int) -> Bool { missing[row] }
  func runs(_ row: Int) -> [UInt64] { hashes[row] }

  /// The Jaccard similarity; two texts without words are equal.
  func similarity(_ first: Int, _ second: Int) -> Double {
    let (a, b) = (hashes[first], hashes[second])
    if a.isEmpty, b.isEmpty { return 1 }
    var (i, j, common) = (0, 0, 0)
    while i < a.count, j < b.count {
      if a[i] == b[j] {
        common += 1
        i += 1
        j += 1
      } else if a[i] < b[j] {
        i += 1
      } else {
        j += 1
      }
    }
    return Double(common) / Double(a.count + b.count - common)
  }
}

/// A band of a signature; texts with an equal band are candidates for a comparison.
struct BandKey: Hashable {
  let band: Int
  let hash: UInt64
}

/// For each text, the minimum of its shingles under each of several random orders (Broder 1997). The
/// probability that two texts have the same minimum is their similarity.
struct MinHashSignatures {
  private let count: Int
  private let least: Buffer<UInt64>

  init(_ shingles: Shingles, count: Int, rows: Int, seed: UInt64) throws {
    self.count = count
    let (cells, overflow) = rows.multipliedReportingOverflow(by: count)
    guard !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: "signatures") }
    let least = try Buffer<UInt64>(count: cells, for: "signatures")
    var random = RandomStream(seed: seed)
    let factors = (0..<count).map { _ in (random.next() | 1, random.next()) }
    let shards = WorkerPool.shards(of: rows, minimum: 256)
    WorkerPool.run(shards: shards.count) { shard in
      for row in shards[shard] {
        let own = least.pointer + row * count
        for place in 0..<count { own[place] = .max }
        for run in shingles.runs(row) {
          for place in 0..<count {
            let mixed = (run ^ factors[place].1) &* factors[place].0
            own[place] = min(own[place], mixed ^ (mixed >> 29))
          }
        }
      }
    }
    self.least = least
  }

  /// The number of bands: the smallest with which at most one in fifty pairs of the given similarity is
  /// missed, 1 − (1 − sʳ)ᵇ.
  static func bands(of count: Int, similarity: Double) -> Int {
    for bands in 1..<count where count % bands == 0 {
      var alike = 1.0
      for _ in 0..<count / bands { alike *= similarity }
      var missed = 1.0
      for _ in 0..<bands { missed *= 1 - alike }
      if missed < 0.02 { return bands }
    }
    return count
  }

  func keys(_ row: Int, bands: Int) -> [BandKey] {
    let length = count / bands
    return (0..<bands).map { band in
      var hash: UInt64 = 0
      for place in band * length..<band * length + length {
        hash = (hash ^ least.pointer[row * count + place]) &* 0x9e37_79b9_7f4a_7c15
        hash ^= hash >> 31
      }
      return BandKey(band: band, hash: hash)
    }
  }
}
