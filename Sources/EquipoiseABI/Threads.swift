import CEquipoise
import Platform

/// See the header.
@_cdecl("eqp_set_threads") @implementation
public func eqp_set_threads(_ threads: Int32, _ error: UnsafeMutablePointer<OpaquePointer?>?) -> eqp_status {
  guarded(error) { try WorkerPool.setThreads(threads) }
}
