import CEquipoise
import Kernels
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Runs the body of an entry point: the one place where a Swift error becomes a status and an `eqp_error`.
///
/// What the body handed out is taken back when it fails, and when memory ran out on its way: some step may have
/// taken that for something else.
///
/// - Parameters:
///   - place: the caller's place for an error, or nil. It holds NULL after a success.
///   - function: where an error stands that points at nothing else.
@inline(__always)
func guarded(
  _ place: UnsafeMutablePointer<OpaquePointer?>?, function: StaticString = #function,
  _ body: () throws -> Void
) -> eqp_status {
  place?.pointee = nil
  memory_reserve_prepare()
  if stack_has_room() { return finished(place, function, body) }
  var status = eqp_status(EQP_OK)
  guard onOwnStack({ status = finished(place, function, body) }) else {
    return hand(Failure.outOfMemory(bytes: 1 << 20, for: "a stack"), from: function, to: place)
  }
  return status
}

@inline(__always)
private func finished(
  _ place: UnsafeMutablePointer<OpaquePointer?>?, _ function: StaticString, _ body: () throws -> Void
) -> eqp_status {
  var call = memory_call()
  return withUnsafeMutablePointer(to: &call) { call in
    memory_call_begin(call)
    do {
      try body()
      if memory_call_end(call, true) { return eqp_status(EQP_OK) }
      return hand(Memory.ended(), from: function, to: place)
    } catch {
      // A model that looks broken because memory ended is not broken.
      let ranOut = call.pointee.marked != 0
      _ = memory_call_end(call, false)
      return hand(ranOut ? Memory.ended(error) : error, from: function, to: place)
    }
  }
}

/// Runs `body` on a stack that is large enough, where the host's is not or is not known; false when there is none.
private func onOwnStack(_ body: () -> Void) -> Bool {
  withoutActuallyEscaping(body) { escapable in
    var boxed = escapable
    return withUnsafeMutablePointer(to: &boxed) { pointer in
      stack_run(
        { $0?.assumingMemoryBound(to: (() -> Void).self).pointee() }, UnsafeMutableRawPointer(pointer))
    }
  }
}

/// A text for the host from a function that has no status; nil when memory ends.
func describing(_ body: () -> String?) -> UnsafeMutablePointer<CChar>? {
  memory_reserve_prepare()
  if stack_has_room() { return described(body) }
  var text: UnsafeMutablePointer<CChar>?
  return onOwnStack({ text = described(body) }) ? text : nil
}

private func described(_ body: () -> String?) -> UnsafeMutablePointer<CChar>? {
  var call = memory_call()
  return withUnsafeMutablePointer(to: &call) { call in
    memory_call_begin(call)
    let text = body().flatMap { copied($0) }
    if memory_call_end(call, true) { return text }
    free(text)
    return nil
  }
}

private func hand(
  _ error: any Error, from function: StaticString, to place: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  let failure = error as? Failure ?? Failure.internal("an unexpected error: \(error)")
  place?.pointee = ErrorObject.make(failure, from: function)
  return failure.kind.rawValue
}
