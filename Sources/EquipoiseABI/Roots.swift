import CEquipoise
import Platform

/// See the header.
@_cdecl("eqp_set_root") @implementation
public func eqp_set_root(
  _ path: UnsafePointer<CChar>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) { try FileBounds.setRoot(path.map { _ in try text(path, named: "path") }) }
}
