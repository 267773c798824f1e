import Platform

/// Which of a text's tokens a sequence takes, and the further sequences of what is cut off.
struct Cutting {
  let options: EncodingOptions
  /// Tokens for texts, beside special ones; nil: all.
  let room: Int?

  /// - Throws: `invalidArgument` when special tokens or the stride leave no room.
  init(_ options: EncodingOptions, addedTokens: Int) throws {
    self.options = options
    guard let maximum = options.maximumLength else {
      room = nil
      return
    }
    guard maximum >= addedTokens, maximum >= 0 else {
      throw Failure.invalidArgument(
        "the maximum length of \(maximum) tokens has no room for \(addedTokens) special tokens",
        at: "maximumLength")
    }
    let room = maximum - addedTokens
    guard options.stride >= 0, options.stride < max(room, 1) else {
      throw Failure.invalidArgument(
        "a stride of \(options.stride) tokens does not fit windows of \(room)", at: "stride")
    }
    self.room = room
  }

  /// Tokens that are left of texts of `first` and `second` tokens (nil: there is no second).
  ///
  /// - Throws: `invalidData` where only one text may be cut and is too short for it.
  func lengths(_ first: Int, _ second: Int?) throws -> (first: Int, second: Int) {
    let other = second ?? 0
    guard let room, first + other > room else { return (first, other) }
    guard second != nil else { return (room, 0) }
    switch options.truncation {
    case .longestFirst:
      let shorter = min(first, other)
      var longer = shorter > room ? shorter : max(shorter, room - shorter)
      var kept = shorter
      if kept + longer > room {
        kept = room / 2
        longer = kept + room % 2
      }
      return first > other ? (longer, kept) : (kept, longer)
    case .onlyFirst:
      guard room > other else { throw tooShort("first", first, first + other - room) }
      return (room - other, other)
    case .onlySecond:
      guard room > first else { throw tooShort("second", other, first + other - room) }
      return (first, room - first)
    }
  }

  private func tooShort(_ which: String, _ tokens: Int, _ wanted: Int) -> Failure {
    Failure.invalidData("\(wanted) tokens should be cut from the \(which) text, which has \(tokens)")
  }

  /// The windows of `count` tokens, at most `length` each, `stride` shared; the first of them if no more
  /// are asked for. Calls `body` with each.
  func windows(of count: Int, length: Int, _ body: (Range<Int>) throws -> Void) rethrows {
    guard length < count, length > 0 else {
      return try body(0..<min(count, max(length, 0)))
    }
    let step = max(length - options.stride, 1)
    var place = 0
    while true {
      let end = min(place + length, count)
      let range = options.truncationSide == .right ? place..<end : (count - end)..<(count - place)
      try body(range)
      if end == count || !options.keepsWindows { return }
      place += step
    }
  }
}
