/// Combines the tokens of one or two texts to a sequence.
struct PostProcessor: Sendable {
  enum Piece: Sendable {
    case special(ids: [Int32], type: Int32)
    /// The first text (0) or the second (1).
    case text(Int, type: Int32)
  }

  var single: [Piece] = [.text(0, type: 0)]
  var pair: [Piece] = [.text(0, type: 0), .text(1, type: 1)]
  /// Whether the places of tokens exclude the spaces at their beginning and end.
  var trimming: Trimming?

  struct Trimming: Sendable {
    /// Whether a space was inserted before the text.
    var addsPrefixSpace: Bool
  }

  func pieces(pair isPair: Bool) -> [Piece] { isPair ? pair : single }

  /// The numbers of all tokens that may be added.
  var specialIDs: [Int32] {
    var found: [Int32] = []
    for piece in single + pair {
      if case .special(let ids, _) = piece { found += ids }
    }
    return found
  }

  /// The number of special tokens that are added.
  func addedTokens(pair isPair: Bool) -> Int {
    pieces(pair: isPair).reduce(0) { sum, piece in
      if case .special(let ids, _) = piece { sum + ids.count } else { sum }
    }
  }
}
