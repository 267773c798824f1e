/// The rows of one batch as losses and objectives see them: plain arrays, borrowed for the call.
public struct Batch {
  public let task: Task
  public let rows: Int
  /// Outputs a row: 1 logit, 2 logits or more, or 1 value.
  public let width: Int
  /// Logits or values, (rows, width).
  public let outputs: UnsafePointer<Float>
  /// The class (0, 1, …) or the value of each row.
  public let labels: UnsafePointer<Float>
  /// nil: all ones.
  public let weights: UnsafePointer<Float>?
  /// What another model predicts for the rows, (rows, width): probabilities, or values; nil: none is to be kept near.
  public let anchors: UnsafePointer<Float>?

  public init(
    task: Task, rows: Int, width: Int, outputs: UnsafePointer<Float>, labels: UnsafePointer<Float>,
    weights: UnsafePointer<Float>? = nil, anchors: UnsafePointer<Float>? = nil
  ) {
    self.task = task
    self.rows = rows
    self.width = width
    self.outputs = outputs
    self.labels = labels
    self.weights = weights
    self.anchors = anchors
  }
}

/// Which group each row of a batch belongs to, by one attribute or an intersection of several.
public struct BatchGroups {
  /// 0 ..< count for each row.
  public let codes: UnsafePointer<Int32>
  public let count: Int

  public init(codes: UnsafePointer<Int32>, count: Int) {
    self.codes = codes
    self.count = count
  }
}
