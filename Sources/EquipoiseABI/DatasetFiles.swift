import CEquipoise
import Datasets
import Platform

/// See the header.
@_cdecl("eqp_dataset_open") @implementation
public func eqp_dataset_open(
  _ path: UnsafePointer<CChar>?, _ optionsJSON: UnsafePointer<CChar>?, _ hooks: UnsafePointer<eqp_hooks>?,
  _ dataset: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(dataset, named: "dataset")
    let path = try text(path, named: "path")
    let options = try configuration(OpenOptions.self, optionsJSON)
    try result.set(try Hooks(hooks).running { try Dataset.open(path: path, options: options) })
  }
}

/// See the header.
@_cdecl("eqp_dataset_write") @implementation
public func eqp_dataset_write(
  _ dataset: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ optionsJSON: UnsafePointer<CChar>?,
  _ hooks: UnsafePointer<eqp_hooks>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let rows = try borrow(Dataset.self, dataset, named: "dataset")
    let path = try text(path, named: "path")
    let options = try configuration(WriteOptions.self, optionsJSON)
    try Hooks(hooks).running { try rows.write(path: path, options: options) }
  }
}
