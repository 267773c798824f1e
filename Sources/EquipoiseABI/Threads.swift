import CEquipoise
import Equipoise
import Platform

/// See the header.
@_cdecl("eqp_set_threads") @implementation
public func eqp_set_threads(_ threads: Int32, _ error: UnsafeMutablePointer<OpaquePointer?>?) -> eqp_status {
  guarded(error) { try WorkerPool.setThreads(threads) }
}

/// See the header.
@_cdecl("eqp_set_library") @implementation
public func eqp_set_library(
  _ name: UnsafePointer<CChar>?, _ path: UnsafePointer<CChar>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let name = try text(name, named: "name")
    guard let library = OptionalLibrary(rawValue: name) else {
      let known = OptionalLibrary.allCases.map(\.rawValue)
      throw Failure.invalidArgument(
        "\"\(name)\" is not an optional library\(Suggestion.phrase(for: name, among: known))", at: "name")
    }
    library.setPath(try path.map { try text($0, named: "path") })
  }
}
