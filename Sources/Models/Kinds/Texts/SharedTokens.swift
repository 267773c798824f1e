import Platform
import Tokenizers

/// Finds the tokens that two texts share: the longest common run, then recursively those to its left and
/// right (Ratcliff and Metzener 1988). Special tokens are included, as in the evaluation of CrowS-Pairs
/// (Nangia et al. 2020), whose metric sums the likelihoods of the shared tokens.
enum SharedTokens {
  /// The tokens of one text.
  private struct Tokens {
    let ids: UnsafePointer<Int32>
    let range: Range<Int>
    subscript(place: Int) -> Int32 { ids[place] }
  }

  /// For each token of `packed`, whether it is shared with the sequence of the same index in `others`.
  ///
  /// - Parameter others: the same number of sequences as `packed`.
  static func find(_ packed: PackedTokens, in others: PackedTokens) throws -> Buffer<Bool> {
    let shared = try Buffer<Bool>(count: packed.tokenCount, for: "shared tokens")
    for sequence in 0..<min(packed.count, others.count) {
      let own = Tokens(ids: packed.ids.pointer, range: packed.tokens(sequence))
      let other = Tokens(ids: others.ids.pointer, range: others.tokens(sequence))
      // If several runs have the same length, the choice depends on which text comes first. The texts are put
      // in a fixed order, so that a pair and its reverse share the same tokens.
      if own.range.lazy.map({ own[$0] }).lexicographicallyPrecedes(other.range.lazy.map { other[$0] }) {
        eachRun(own, other) { run, _ in for token in run { shared.pointer[token] = true } }
      } else {
        eachRun(other, own) { _, run in for token in run { shared.pointer[token] = true } }
      }
    }
    return shared
  }

  private static func eachRun(_ first: Tokens, _ second: Tokens, _ body: (Range<Int>, Range<Int>) -> Void) {
    var rest = [(first, second)]
    while let (first, second) = rest.popLast() {
      let (start, secondStart, length) = longestRun(first, second)
      guard length > 0 else { continue }
      let (run, secondRun) = (start..<start + length, secondStart..<secondStart + length)
      body(run, secondRun)
      rest.append(
        (
          Tokens(ids: first.ids, range: first.range.lowerBound..<run.lowerBound),
          Tokens(ids: second.ids, range: second.range.lowerBound..<secondRun.lowerBound)
        ))
      rest.append(
        (
          Tokens(ids: first.ids, range: run.upperBound..<first.range.upperBound),
          Tokens(ids: second.ids, range: secondRun.upperBound..<second.range.upperBound)
        ))
    }
  }

  /// Among runs of the same length, the one that begins earliest in the first text, then in the second.
  private static func longestRun(_ first: Tokens, _ second: Tokens) -> (
    start: Int, secondStart: Int, length: Int
  ) {
    var best = (start: first.range.lowerBound, secondStart: second.range.lowerBound, length: 0)
    // lengths[p + 1]: the length of the run that ends at position p of the second text and at the previous
    // token.
    var lengths = [Int](repeating: 0, count: second.range.count + 1)
    for token in first.range {
      var before = 0
      for place in 0..<second.range.count {
        let run = first[token] == second[second.range.lowerBound + place] ? before + 1 : 0
        before = lengths[place + 1]
        lengths[place + 1] = run
        if run > best.length {
          best = (token - run + 1, second.range.lowerBound + place - run + 1, run)
        }
      }
    }
    return best
  }
}
