import Platform

/// A column of real numbers (scores; labels and predictions of a regression); it refers to memory without
/// copying it.
public struct RealColumn {
  enum Storage {
    case float(UnsafePointer<Float>)
    case double(UnsafePointer<Double>)
  }
  let storage: Storage
  /// The object that keeps the memory alive; nil if the caller keeps it alive while the audit runs.
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

  /// The values of the chosen rows.
  func selecting(_ rows: [Int]) throws -> RealColumn {
    switch storage {
    case .float(let values): RealColumn(try Buffer(copying: rows.map { values[$0] }))
    case .double(let values): RealColumn(try Buffer(copying: rows.map { values[$0] }))
    }
  }

  /// The value of `row`, which must exist.
  func value(at row: Int) -> Double {
    switch storage {
    case .float(let values): Double(values[row])
    case .double(let values): values[row]
    }
  }
}
