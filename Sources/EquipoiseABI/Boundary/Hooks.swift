import CEquipoise
import Platform

/// The host's callbacks for progress and cancellation, from an `eqp_hooks`.
struct Hooks {
  /// Sends an event to the host; false requests a stop. nil if the host has no callback.
  let progress: HostCall.Progress?
  /// The host's cancellation flag; nil if it has none.
  let cancel: CancelFlag?

  /// - Throws: `invalidArgument` for an invalid struct_size or cancellation handle; `unsupported` for several
  ///   processes.
  init(_ pointer: UnsafePointer<eqp_hooks>?) throws {
    guard let pointer else {
      (progress, cancel) = (nil, nil)
      return
    }
    // Only the size member may be read until it was checked.
    try Self.check(UnsafeRawPointer(pointer).load(as: UInt32.self), Self.firstHooksSize, "hooks")
    let hooks = pointer.pointee
    try Self.check(hooks.communicator)
    cancel = try borrowIfPresent(CancelFlag.self, hooks.cancel, named: "hooks.cancel")
    guard let callback = hooks.progress else {
      progress = nil
      return
    }
    let context = hooks.context
    progress = { event in event.text().withCString { callback(context, $0) == 0 } }
  }

  /// Runs the work of a call under these hooks.
  ///
  /// - Parameter telling: whether to send the progress events; false for work that sends its own.
  func running<Result>(telling: Bool = true, _ body: () throws -> Result) throws -> Result {
    try HostCall(cancel: cancel, progress: telling ? progress : nil).run(body)
  }

  private static func check(_ communicator: UnsafePointer<eqp_communicator>?) throws {
    guard let communicator else { return }
    let given = UnsafeRawPointer(communicator).load(as: UInt32.self)
    try check(given, firstCommunicatorSize, "hooks.communicator")
    let (rank, size) = (communicator.pointee.rank, communicator.pointee.size)
    guard size >= 1, (0..<size).contains(rank) else {
      throw Failure.invalidArgument(
        "hooks.communicator has rank \(rank) of size \(size); a rank from 0 to below the size is accepted",
        at: "hooks.communicator")
    }
    guard size == 1 else {
      throw Failure.unsupported(
        "this version tunes in one process; a communicator of size \(size) is not available, one of size 1 is",
        at: "hooks.communicator")
    }
  }

  // The sizes in the first header of ABI 1. Members that later headers append are read only if the host's
  // size includes them.
  private static var firstHooksSize: Int { 5 * MemoryLayout<UnsafeRawPointer>.size }
  private static var firstCommunicatorSize: Int { 16 + 7 * MemoryLayout<UnsafeRawPointer>.size }

  /// A host compiled with a later header may have a larger structure, but not a smaller one than the first
  /// header's.
  private static func check(_ given: UInt32, _ expected: Int, _ name: StaticString) throws {
    guard given >= expected else {
      throw Failure.invalidArgument(
        "\(name).struct_size is \(given); set it to sizeof, which is at least \(expected)",
        at: "\(name).struct_size")
    }
  }
}
