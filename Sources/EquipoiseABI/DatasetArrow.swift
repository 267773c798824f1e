import CEquipoise
import Datasets
import Platform

/// See the header.
@_cdecl("eqp_dataset_from_arrow") @implementation
public func eqp_dataset_from_arrow(
  _ stream: UnsafeMutablePointer<ArrowArrayStream>?, _ hooks: UnsafePointer<eqp_hooks>?,
  _ dataset: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    // The stream is taken over whatever happens.
    defer { if let stream, let release = stream.pointee.release { release(stream) } }
    let result = try HandleOutput(dataset, named: "dataset")
    let stream = try require(stream, named: "stream")
    try result.set(try Hooks(hooks).running { try ArrowStream(taking: stream).rest() })
  }
}

/// See the header.
@_cdecl("eqp_dataset_to_arrow") @implementation
public func eqp_dataset_to_arrow(
  _ dataset: OpaquePointer?, _ stream: UnsafeMutablePointer<ArrowArrayStream>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let stream = try require(stream, named: "stream")
    // A released stream, as the Arrow specification marks it.
    stream.pointee = ArrowArrayStream()
    try borrow(Dataset.self, dataset, named: "dataset").exportArrow(to: stream)
  }
}
