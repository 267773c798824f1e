import Platform

/// Sorts the rows of a batch so that contiguous parts of equal size have about equal numbers of tokens: the longest
/// texts come first, each assigned to the part with the fewest tokens (Graham 1969). Its memory is for any number of
/// batches.
package final class BatchBalance {
  private let sorted: Buffer<Int64>
  /// For each of the sorted rows, its part.
  private let parts: Buffer<Int32>
  /// The number of tokens of each part.
  private let tokens: Buffer<Int>

  /// - Parameters:
  ///   - capacity: the maximum number of rows of a batch.
  ///   - parts: the number of parts.
  package init(capacity: Int, parts count: Int) throws {
    sorted = try Buffer(count: capacity, for: "a batch")
    parts = try Buffer(count: capacity, for: "a batch")
    tokens = try Buffer(count: max(count, 1), for: "a batch")
  }

  /// - Parameters:
  ///   - rows: the indices of the batch's `count` rows, which are sorted in place.
  ///   - lengths: the number of tokens of every row of the dataset.
  package func arrange(_ rows: UnsafeMutablePointer<Int64>, count: Int, by lengths: Buffer<Int32>) {
    guard tokens.count > 1, count > tokens.count, count <= sorted.count else { return }
    sorted.pointer.update(from: rows, count: count)
    sort(count, lengths)
    tokens.pointer.update(repeating: 0, count: tokens.count)
    for place in 0..<count {
      var least = 0
      for part in 1..<tokens.count where tokens.pointer[part] < tokens.pointer[least] { least = part }
      tokens.pointer[least] += Int(lengths.pointer[Int(sorted.pointer[place])])
      parts.pointer[place] = Int32(clamping: least)
    }
    var next = 0
    for part in 0..<Int32(clamping: tokens.count) {
      for place in 0..<count where parts.pointer[place] == part {
        rows[next] = sorted.pointer[place]
        next += 1
      }
    }
  }

  /// Sorts by descending length, and rows of the same length by their index: a heap sort, because the standard
  /// library's allocates.
  private func sort(_ count: Int, _ lengths: Buffer<Int32>) {
    let rows = sorted.pointer
    func precedes(_ a: Int64, _ b: Int64) -> Bool {
      (lengths.pointer[Int(a)], b) > (lengths.pointer[Int(b)], a)
    }
    // The root of a heap is its last row in the order.
    func sift(_ start: Int, below end: Int) {
      var parent = start
      while 2 * parent + 1 < end {
        var child = 2 * parent + 1
        if child + 1 < end, precedes(rows[child], rows[child + 1]) { child += 1 }
        guard precedes(rows[parent], rows[child]) else { return }
        (rows[parent], rows[child]) = (rows[child], rows[parent])
        parent = child
      }
    }
    for start in stride(from: count / 2 - 1, through: 0, by: -1) { sift(start, below: count) }
    for end in stride(from: count - 1, to: 0, by: -1) {
      (rows[0], rows[end]) = (rows[end], rows[0])
      sift(0, below: end)
    }
  }
}
