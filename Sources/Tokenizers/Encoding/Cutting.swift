import Platform

/// Decides which of a text's tokens a sequence takes, and the further sequences for the remaining tokens.
struct Cutting {
  let options: EncodingOptions
  /// The room for tokens of texts, without special tokens; nil: unlimited.
  let room: Int?

  /// - Throws: `invalidArgument` if special tokens or the stride leave no room.
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

  /// The numbers of tokens that remain of texts of `first` and `second` tokens (nil: there is no second
  /// text).
  ///
  /// - Throws: `invalidData` if only one text may be cut and it is too short for that.
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

  /// Calls `body` for each window of `count` tokens. A window has at most `length` tokens and shares `stride`
  /// tokens with the next. If further windows are not requested, only the first is used.
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
