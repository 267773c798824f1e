import Platform

/// Resampled blocks of rows: the sums of weighted rows, or of a regression, in up to 1,024 random blocks.
/// With one row per block this is the ordinary bootstrap; with fewer blocks it is the cluster bootstrap with
/// random clusters, whose cost does not depend on the number of rows and whose parts can be merged.
struct DrawnBlocks {
  /// The maximum number of blocks.
  static let maximum = 1_024

  /// (blocks, combinations, width).
  private let sums: Buffer<Double>
  private let blocks: Int
  private let combinations: Int
  private let width: Int
  private let stratified: Bool

  init(_ sums: Buffer<Double>, blocks: Int, combinations: Int, width: Int, stratified: Bool) {
    self.sums = sums
    self.blocks = blocks
    self.combinations = combinations
    self.width = width
    self.stratified = stratified
  }

  var count: Int { combinations * width }

  func draw(_ stream: inout RandomStream, into drawn: UnsafeMutableBufferPointer<Double>) {
    drawn.update(repeating: 0)
    var times = [Double](repeating: 0, count: blocks)
    if stratified {
      for combination in 0..<combinations {
        drawTimes(&times, &stream)
        add(times, (combination * width)..<((combination + 1) * width), to: drawn)
      }
    } else {
      drawTimes(&times, &stream)
      add(times, 0..<count, to: drawn)
    }
  }

  /// The sums of all blocks except one, for the jackknife.
  func leave(out block: Int, into drawn: UnsafeMutableBufferPointer<Double>) {
    drawn.update(repeating: 0)
    var times = [Double](repeating: 1, count: blocks)
    if times.indices.contains(block) { times[block] = 0 }
    add(times, 0..<count, to: drawn)
  }

  private func drawTimes(_ times: inout [Double], _ stream: inout RandomStream) {
    times.withUnsafeMutableBufferPointer { times in
      times.update(repeating: 0)
      for _ in 0..<blocks { times[stream.below(blocks)] += 1 }
    }
  }

  private func add(
    _ times: [Double], _ range: Range<Int>, to drawn: UnsafeMutableBufferPointer<Double>
  ) {
    for (block, factor) in times.enumerated() where factor > 0 {
      let row = sums.pointer + block * count
      for index in range { drawn[index] += factor * row[index] }
    }
  }
}
