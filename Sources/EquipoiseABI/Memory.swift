import CEquipoise

#if canImport(Glibc)
  import Glibc
#endif

/// See the header.
@_cdecl("eqp_free") @implementation
public func eqp_free(_ memory: UnsafeMutableRawPointer?) {
  free(memory)
}
