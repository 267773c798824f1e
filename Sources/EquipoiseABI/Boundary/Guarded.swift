import CEquipoise
import Platform
import PlatformKernels

#if canImport(Glibc)
  import Glibc
#endif

/// Runs the body of an exported function: the only place where a Swift error becomes a status and an
/// `eqp_error`.
///
/// If the body fails, its outputs are freed and set to NULL. The same happens if memory ran out during the
/// body, because some step may have misinterpreted that.
///
/// - Parameters:
///   - place: the caller's pointer for an error, or nil. It is set to NULL on success.
///   - function: the location of an error without a location.
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
      // If memory ran out, an error such as a damaged model may only be a consequence.
      let ranOut = call.pointee.marked != 0
      _ = memory_call_end(call, false)
      return hand(ranOut ? Memory.ended(error) : error, from: function, to: place)
    }
  }
}

/// Runs `body` on a separate stack if the host's is too small or its size is unknown; false if no stack is
/// available.
private func onOwnStack(_ body: () -> Void) -> Bool {
  withoutActuallyEscaping(body) { escapable in
    var boxed = escapable
    return withUnsafeMutablePointer(to: &boxed) { pointer in
      stack_run(
        { $0?.assumingMemoryBound(to: (() -> Void).self).pointee() }, UnsafeMutableRawPointer(pointer))
    }
  }
}

/// A text for the host, from a function without a status; nil if memory is exhausted.
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
