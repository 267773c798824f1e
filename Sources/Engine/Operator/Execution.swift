/// Where the texts of a run lie among its tokens: text i has the tokens offsets[i] ..< offsets[i + 1].
public struct TextLines {
  public let count: Int
  public let offsets: UnsafePointer<Int32>
}

/// What one node's forward and backward work with: the lines of one shard, and the node's memory.
public struct Execution {
  /// Lines of the output: the shard's rows, its tokens, or 1.
  public let rows: Int
  /// Where the shard's first line stands in the whole batch.
  public let firstRow: Int
  public let isTraining: Bool
  /// Of the training step; dropout draws from it.
  public let seed: UInt64
  public let texts: TextLines
  /// The maximum number of tokens of a text, for which `scratch` is planned.
  public let longest: Int
  /// The part of the work to do, for operators that divide it themselves.
  public var part = 0
  public var parts = 1
  public let scratch: UnsafeMutablePointer<Float>
  public let output: UnsafeMutablePointer<Float>
  /// The operand of backward. Backward may overwrite it: nothing reads it afterwards.
  public let outputGradient: UnsafeMutablePointer<Float>
  /// What forward saves for backward.
  public let saved: UnsafeMutablePointer<Float>
  public let prepared: UnsafePointer<Float>?
  let slots: UnsafePointer<InputSlot>
  let state: Unmanaged<AnyObject>?
  /// In training, the packed weights that shards share, and this shard's number.
  var panels: Unmanaged<SharedPanels>?
  var shard = 0

  struct InputSlot {
    var value: UnsafeMutablePointer<Float>
    var gradient: UnsafeMutablePointer<Float>?
    var accumulates: Bool
    /// Floats of a line; 0 for a parameter, which has no lines.
    var width: Int
  }

  public func input(_ index: Int) -> UnsafePointer<Float> { UnsafePointer(slots[index].value) }
  /// An operand named in `statistics`, for forward to change in training.
  public func statistic(_ index: Int) -> UnsafeMutablePointer<Float> { slots[index].value }
  /// nil if no gradient is wanted: frozen weights, the network's own input.
  public func inputGradient(_ index: Int) -> UnsafeMutablePointer<Float>? { slots[index].gradient }
  public func accumulates(_ index: Int) -> Bool { slots[index].accumulates }

  /// The object that the operator's `makeState` made for this workspace.
  func state<State: AnyObject>(as type: State.Type) -> State? {
    state.flatMap { $0.takeUnretainedValue() as? State }
  }
}
