import Platform

/// Where the sequences of a run's rows begin and end, for each sequence of a network. One without sequences has an
/// empty one, which nothing reads.
final class RunSequences: @unchecked Sendable {
  /// For each sequence, the rows of the run and the offsets of their elements.
  let table: UnsafeMutablePointer<TextLines>
  private let places: Int
  /// The offsets of each sequence, (rows + 1).
  private let offsets: Buffer<Int32>
  private let perSequence: Int
  /// For each sequence, the index of its first element in the whole batch, and the maximum number of elements.
  private let firsts: Buffer<Int>
  private let capacities: Buffer<Int>

  init(_ axes: [Axis], _ capacity: Capacity) throws {
    places = max(axes.count, 1)
    perSequence = axes.isEmpty ? 1 : capacity.rows + 1
    offsets = try Buffer<Int32>(count: places * perSequence, for: "a workspace")
    firsts = try Buffer<Int>(count: places, for: "a workspace")
    capacities = try Buffer<Int>(
      copying: axes.isEmpty ? [0] : axes.map { capacity.lines(.sequence($0)) }, for: "a workspace")
    table = .allocate(capacity: places)
    for place in 0..<places {
      (table + place).initialize(
        to: TextLines(count: 0, offsets: UnsafePointer(offsets.pointer + place * perSequence)))
    }
  }

  deinit { table.deallocate() }

  func set(_ place: Int, _ lengths: UnsafePointer<Int32>, count: Int, first: Int) {
    guard place < places, count < perSequence else { return }
    let own = offsets.pointer + place * perSequence
    own[0] = 0
    for row in 0..<count { own[row + 1] = own[row] + lengths[row] }
    firsts.pointer[place] = first
  }

  func begin(rows: Int) {
    for place in 0..<places { table[place] = TextLines(count: rows, offsets: table[place].offsets) }
  }

  /// The number of elements of all rows, at most the capacity.
  func count(_ place: Int, rows: Int) -> Int {
    min(max(Int(table[place].offsets[rows]), 0), capacities.pointer[place])
  }

  /// The index of the first element in the whole batch.
  func first(_ place: Int) -> Int { firsts.pointer[place] }
}
