import CEquipoise
import Engine
import Equipoise
import Platform

/// See the header.
@_cdecl("eqp_version") @implementation
public func eqp_version() -> UnsafePointer<CChar>? {
  lasting("0.1.0")
}

/// See the header.
@_cdecl("eqp_abi_version") @implementation
public func eqp_abi_version() -> Int32 { EQP_ABI_VERSION }

/// See the header.
@_cdecl("eqp_build_info") @implementation
public func eqp_build_info() -> UnsafeMutablePointer<CChar>? {
  describing {
    let info: JSONValue = [
      "version": .string(libraryVersion),
      "abi": .integer(Int64(EQP_ABI_VERSION)),
      "compute": .string(Backend.name),
      "instruction_set": .string(Backend.instructionSet),
      "threads": .integer(WorkerPool.threads),
      "optional": .object([] as [JSONValue.Member]),
    ]
    return info.text()
  }
}
