import Platform
import TextKernels

/// Temporary memory for one step; it grows to the maximum requested, and its content is not kept.
struct WorkingMemory {
  private var buffer: Buffer<UInt8>?

  mutating func reserve(_ bytes: Int) throws -> UnsafeMutableRawPointer? {
    if (buffer?.count ?? -1) < bytes { buffer = try Buffer(count: bytes + bytes / 2, for: "tokens") }
    return buffer.map { UnsafeMutableRawPointer($0.pointer) }
  }
}

/// A text in growing memory, with or without places.
struct WorkingText {
  private var bytes: Buffer<UInt8>
  private var from: Buffer<Int32>
  private var to: Buffer<Int32>

  init() throws {
    bytes = try Buffer(count: 0, for: "a text")
    from = try Buffer(count: 0, for: "a text")
    to = try Buffer(count: 0, for: "a text")
  }

  /// Makes it empty, with room for `count` bytes plus a few more, which kernels may overwrite.
  mutating func reserve(_ count: Int, aligned: Bool) throws -> aligned_text {
    let wanted = count + 16
    if bytes.count < wanted { bytes = try Buffer(count: wanted + wanted / 2, for: "a text") }
    if aligned, from.count < wanted {
      from = try Buffer(count: wanted + wanted / 2, for: "a text")
      to = try Buffer(count: wanted + wanted / 2, for: "a text")
    }
    return aligned_text(
      bytes: bytes.pointer, from: aligned ? from.pointer : nil, to: aligned ? to.pointer : nil, count: 0)
  }
}

/// A list of words in growing memory.
struct WorkingWords {
  private var starts: Buffer<Int32>
  private var ends: Buffer<Int32>

  init() throws {
    starts = try Buffer(count: 0, for: "words")
    ends = try Buffer(count: 0, for: "words")
  }

  /// Makes it empty, with room for one word per byte of a text.
  mutating func reserve(_ bytes: Int) throws -> word_list {
    let wanted = bytes + 16
    if starts.count < wanted {
      starts = try Buffer(count: wanted + wanted / 2, for: "words")
      ends = try Buffer(count: wanted + wanted / 2, for: "words")
    }
    return word_list(starts: starts.pointer, ends: ends.pointer, count: 0)
  }
}

/// The tokens of one text in growing memory.
struct WorkingTokens {
  private var ids: Buffer<Int32>
  private var starts: Buffer<Int32>
  private var ends: Buffer<Int32>
  private var words: Buffer<Int32>
  var list: token_list

  init() throws {
    ids = try Buffer(count: 0, for: "tokens")
    starts = try Buffer(count: 0, for: "tokens")
    ends = try Buffer(count: 0, for: "tokens")
    words = try Buffer(count: 0, for: "tokens")
    list = token_list(ids: ids.pointer, starts: nil, ends: nil, words: nil, count: 0)
  }

  mutating func clear() { list.count = 0 }

  /// Reserves room for `more` further tokens.
  mutating func reserve(_ more: Int, aligned: Bool) throws {
    let (sum, overflow) = list.count.addingReportingOverflow(more)
    guard !overflow, sum < Int(Int32.max) - 64 else {
      throw Failure.invalidData("a text has more tokens than can be counted")
    }
    let wanted = sum + 16
    if ids.count < wanted { ids = try ids.grown(to: wanted + wanted / 2, keeping: list.count) }
    if aligned, starts.count < wanted {
      let kept = min(list.count, starts.count)
      starts = try starts.grown(to: wanted + wanted / 2, keeping: kept)
      ends = try ends.grown(to: wanted + wanted / 2, keeping: kept)
      words = try words.grown(to: wanted + wanted / 2, keeping: kept)
    }
    list = token_list(
      ids: ids.pointer, starts: aligned ? starts.pointer : nil, ends: aligned ? ends.pointer : nil,
      words: aligned ? words.pointer : nil, count: list.count)
  }
}
