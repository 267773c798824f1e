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
    // This call takes ownership of the stream, even if it fails.
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
    // A released stream in the form that the Arrow specification defines.
    stream.pointee = ArrowArrayStream()
    try borrow(Dataset.self, dataset, named: "dataset").exportArrow(to: stream)
  }
}
