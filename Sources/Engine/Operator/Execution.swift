/// The tokens of each text of a run, or the elements of another sequence: text i has the tokens offsets[i] ..<
/// offsets[i + 1].
public struct TextLines {
  public let count: Int
  public let offsets: UnsafePointer<Int32>
}

/// The context of one node's forward and backward: the lines of one shard, and the node's memory.
public struct Execution {
  /// The number of lines of the output: the shard's rows, its tokens, or 1.
  public let rows: Int
  /// The index of the shard's first line in the whole batch.
  public let firstRow: Int
  public let isTraining: Bool
  /// The random seed of the training step, which dropout uses.
  public let seed: UInt64
  /// The texts of the output's sequence; if the output has none, those of the network's first one.
  public let texts: TextLines
  /// Those of each sequence of the network.
  let sequences: UnsafePointer<TextLines>
  /// The number of the text's tokens that earlier runs computed, in incremental decoding of one text. The operands
  /// of which a line of the output reads all lines so far (`Dependence.textSoFar`) begin with them; all others have
  /// the run's lines alone.
  public internal(set) var earlier = 0
  /// The maximum number of tokens of a text, for which `scratch` is planned.
  public let longest: Int
  /// The part of the work to do, for operators that divide it themselves.
  public var part = 0
  /// The number of parts that the work is divided into.
  public var parts = 1
  /// Working memory, as the operator's `scratch` and `scratchPerLine` request it.
  public let scratch: UnsafeMutablePointer<Float>
  public let output: UnsafeMutablePointer<Float>
  /// The operand of backward. Backward may overwrite it: nothing reads it afterwards.
  public let outputGradient: UnsafeMutablePointer<Float>
  /// Values that forward saves for backward.
  public let saved: UnsafeMutablePointer<Float>
  /// The weights rearranged by `prepare`; nil in training and for operators without.
  public let prepared: UnsafePointer<Float>?
  var slots: UnsafePointer<InputSlot>
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
    /// The place of the operand's sequence among the network's; 0 for an operand without one.
    var sequence = 0
  }

  /// The texts of an operand's sequence.
  public func texts(ofOperand index: Int) -> TextLines { sequences[slots[index].sequence] }
  public func input(_ index: Int) -> UnsafePointer<Float> { UnsafePointer(slots[index].value) }
  /// An operand listed in `statistics`, which forward may change in training.
  public func statistic(_ index: Int) -> UnsafeMutablePointer<Float> { slots[index].value }
  /// The gradient of an operand; nil if none is needed, as for frozen weights and the network's inputs.
  public func inputGradient(_ index: Int) -> UnsafeMutablePointer<Float>? { slots[index].gradient }
  /// Whether backward must add to the gradient of an operand instead of writing it.
  public func accumulates(_ index: Int) -> Bool { slots[index].accumulates }

  /// The object that the operator's `makeState` made for this workspace.
  public func state<State: AnyObject>(as type: State.Type) -> State? {
    state.flatMap { $0.takeUnretainedValue() as? State }
  }
}
