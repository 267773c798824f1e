import CEquipoise
import Platform

/// See the header.
@_cdecl("eqp_set_log") @implementation
public func eqp_set_log(_ callback: eqp_log_callback?, _ context: UnsafeMutableRawPointer?, _ level: Int32) {
  guard let callback else {
    Log.set(nil, upTo: .error)
    return
  }
  let threshold = Log.Level(rawValue: min(max(level, 0), 3)) ?? .error
  Log.set(
    { level, message in message.withCString { callback(context, level.rawValue, $0) } }, upTo: threshold)
}
