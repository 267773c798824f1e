import CEquipoise
import Datasets
import Platform

/// See the header.
@_cdecl("eqp_dataset_from_arrow") @implementation
public func eqp_dataset_from_arrow(
  _ stream: UnsafeMutablePointer<ArrowArrayStream>?, _ dataset: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  // The stream is taken over whatever happens.
  defer { if let stream, let release = stream.pointee.release { release(stream) } }
  return guarded(error) {
    _ = try HandleOutput(dataset, named: "dataset")
    let stream = try require(stream, named: "stream")
    guard stream.pointee.release != nil else {
      throw Failure.invalidArgument("stream was released already", at: "stream")
    }
    throw Failure.unsupported(
      "Arrow streams are not read in this version; eqp_dataset_new and the eqp_dataset_add functions take "
        + "columns from memory")
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
    _ = try borrow(Dataset.self, dataset, named: "dataset")
    throw Failure.unsupported(
      "Arrow streams are not written in this version; the eqp_dataset_column functions and eqp_dataset_write "
        + "give the values")
  }
}
