import CEquipoise
import Datasets
import Platform

/// The most parts that a split can have, which its configuration limits too.
private let maximumParts = 1_000_000

/// See the header.
@_cdecl("eqp_dataset_split") @implementation
public func eqp_dataset_split(
  _ dataset: OpaquePointer?, _ optionsJSON: UnsafePointer<CChar>?,
  _ parts: UnsafeMutablePointer<OpaquePointer?>?, _ partCount: Int,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let places = try require(parts, named: "parts")
    guard (1...maximumParts).contains(partCount) else {
      throw Failure.invalidArgument(
        "part_count is \(UInt(bitPattern: partCount)); 1 to \(maximumParts) are accepted", at: "part_count")
    }
    let outputs = try (0..<partCount).map { try HandleOutput(places + $0, named: "parts") }
    let rows = try borrow(Dataset.self, dataset, named: "dataset")
    let options = try configuration(SplitOptions.self, optionsJSON)
    let asked = options.folds ?? options.fractions.count
    guard asked == 0 || asked == partCount else {
      throw Failure.invalidArgument(
        "part_count is \(partCount); the options make \(asked) parts", at: "part_count")
    }
    for (output, part) in zip(outputs, try rows.split(options)) { try output.set(part) }
  }
}

/// See the header.
@_cdecl("eqp_dataset_free") @implementation
public func eqp_dataset_free(_ dataset: OpaquePointer?) {
  Handle.release(Dataset.self, dataset)
}
