import Kernels
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The weights that the shards of a training step multiply by, rounded and packed once for all of them: each packs the
/// parts that no other has begun, and multiplies when all are there.
///
/// Shards multiply by the same weights in the same order, though not at the same time: a product's number within the
/// run tells which weights are meant. Some sets of panels are kept, so that one shard may be ahead of another; where
/// it is too far ahead it packs for itself, and waits for nobody who has not begun.
final class SharedPanels: @unchecked Sendable {
  /// Columns of a part.
  static let part = Int(BFLOAT16_PART)
  private static let sets = 3

  private struct Set {
    /// The product that it is for; -1: none yet.
    var product = -1
    var begun = 0
    var packed = 0
  }
  private var kept = [Set](repeating: Set(), count: SharedPanels.sets)
  /// By shard: the products that it is done with.
  private var done: [Int]
  private let memory: Buffer<Float>
  private let size: Int
  private let lock = Lock()

  /// - Parameter size: the floats of the largest panels.
  init(size: Int, shards: Int) throws {
    self.size = (size + 15) & ~15
    memory = try Buffer<Float>(count: self.size * Self.sets, for: "packed weights")
    done = Array(repeating: 0, count: shards)
  }

  /// Before a run of the first `shards`, forward or backward.
  func begin(shards: Int) {
    for index in kept.indices { kept[index] = Set() }
    for shard in done.indices { done[shard] = shard < shards ? 0 : Int.max }
  }

  private enum Next { case part(Int), wait, ready, alone }

  /// The panels of a shard's next product, after which it is `finish`ed; nil: it packs for itself.
  ///
  /// - Parameters:
  ///   - columns: of the weights as they are multiplied by.
  ///   - pack: lays out the columns in the range, a part or what is left of one, in panels that begin there.
  func panels(
    for shard: Int, columns: Int, _ pack: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
  ) -> UnsafePointer<Float>? {
    let parts = (columns + Self.part - 1) / Self.part
    let product = lock.withLock { done[shard] }
    let index = product % Self.sets
    let panels = memory.pointer + index * size
    while true {
      switch next(product, index, parts) {
      case .part(let part):
        pack(part * Self.part..<min((part + 1) * Self.part, columns), panels)
        lock.withLock { kept[index].packed += 1 }
      case .wait: sched_yield()
      case .ready: return UnsafePointer(panels)
      case .alone: return nil
      }
    }
  }

  private func next(_ product: Int, _ index: Int, _ parts: Int) -> Next {
    lock.withLock {
      let before = kept[index].product
      if before != product {
        guard done.allSatisfy({ $0 > before }) else { return .alone }
        kept[index] = Set(product: product)
      }
      guard kept[index].begun == parts else {
        kept[index].begun += 1
        return .part(kept[index].begun - 1)
      }
      return kept[index].packed == parts ? .ready : .wait
    }
  }

  /// The shard does not read its last panels any more.
  func finish(_ shard: Int) { lock.withLock { done[shard] += 1 } }
}
