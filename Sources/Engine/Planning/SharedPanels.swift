import EngineKernels
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The weights of a training step, rounded and packed in matrix panels once for all shards. Each shard packs
/// parts that no other shard has begun, and multiplies when all parts are packed.
///
/// Shards multiply by the same weights in the same order, but not at the same time. A product's number within
/// the run identifies the weights. There are several sets of panels, so that one shard may be ahead of
/// another. A shard that is too far ahead packs all panels itself, and never waits for a part that has not
/// been begun.
final class SharedPanels: @unchecked Sendable {
  /// The number of columns of a part.
  static let part = Int(BFLOAT16_PART)
  private static let sets = 3

  private struct Set {
    /// The number of the product that the set is for; -1 if there is none yet.
    var product = -1
    var begun = 0
    var packed = 0
  }
  private var kept = [Set](repeating: Set(), count: SharedPanels.sets)
  /// For each shard, the number of products that it has finished.
  private var done: [Int]
  private let memory: Buffer<Float>
  private let size: Int
  private let lock = Lock()

  /// - Parameter size: the number of floats of the largest product's panels.
  init(size: Int, shards: Int) throws {
    self.size = (size + 15) & ~15
    memory = try Buffer<Float>(count: self.size * Self.sets, for: "packed weights")
    done = Array(repeating: 0, count: shards)
  }

  /// Prepares for a run, forward or backward, of the first `shards` shards.
  func begin(shards: Int) {
    for index in kept.indices { kept[index] = Set() }
    for shard in done.indices { done[shard] = shard < shards ? 0 : Int.max }
  }

  private enum Next { case part(Int), wait, ready, alone }

  /// The panels of a shard's next product, which must then call `finish`; nil if the shard has to pack them
  /// itself.
  ///
  /// - Parameters:
  ///   - columns: the number of columns of the weights as the second factor.
  ///   - pack: packs the columns of the range, which is one part, into the panels at the pointer.
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

  /// Says that the shard does not read the panels of its last product any more.
  func finish(_ shard: Int) { lock.withLock { done[shard] += 1 } }
}
