import Platform

/// A column of real numbers (scores, labels and predictions of a regression) that it does not copy.
public struct RealColumn {
  enum Storage {
    case float(UnsafePointer<Float>)
    case double(UnsafePointer<Double>)
  }
  let storage: Storage
  /// What keeps the memory alive; nil when the caller does, for as long as the audit runs.
  private let owner: AnyObject?

  public init(_ values: UnsafePointer<Float>, owner: AnyObject? = nil) {
    storage = .float(values)
    self.owner = owner
  }
  public init(_ values: UnsafePointer<Double>, owner: AnyObject? = nil) {
    storage = .double(values)
    self.owner = owner
  }
  public init(_ buffer: Buffer<Float>) { self.init(UnsafePointer(buffer.pointer), owner: buffer) }
  public init(_ buffer: Buffer<Double>) { self.init(UnsafePointer(buffer.pointer), owner: buffer) }
  /// - Throws: `outOfMemory`.
  public init(copying values: [Double]) throws { self.init(try Buffer(copying: values, for: "numbers")) }

  /// The value of a row that exists.
  func value(at row: Int) -> Double {
    switch storage {
    case .float(let values): Double(values[row])
    case .double(let values): values[row]
    }
  }
}
