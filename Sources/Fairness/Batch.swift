/// The rows of one batch as losses and objectives see them: arrays that are borrowed for the duration of the
/// call.
public struct Batch {
  public let task: Task
  public let rows: Int
  /// The number of outputs per row: 1 logit, 2 or more logits, or 1 value.
  public let width: Int
  /// Logits or values, (rows, width).
  public let outputs: UnsafePointer<Float>
  /// The class (0, 1, …) or the value of each row.
  public let labels: UnsafePointer<Float>
  /// nil: all ones.
  public let weights: UnsafePointer<Float>?
  /// Another model's predictions for the rows, (rows, width): probabilities, or values; nil: there is no such
  /// model.
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

/// The group of each row of a batch, by one attribute or an intersection of several.
public struct BatchGroups {
  /// One code per row, 0 ..< count.
  public let codes: UnsafePointer<Int32>
  public let count: Int

  public init(codes: UnsafePointer<Int32>, count: Int) {
    self.codes = codes
    self.count = count
  }
}
