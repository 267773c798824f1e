import Datasets
import Formats
import Platform
import Tokenizers

/// Copies of texts in which one token each is masked, so that a model predicts it from all other tokens
/// (Salazar et al. 2020). The copies of a text are adjacent.
package struct MaskedCopies: @unchecked Sendable {
  /// The sequence of which each copy was made.
  let sources: Buffer<Int32>
  /// The index of the masked token in each copy.
  package let places: Buffer<Int32>
  let mask: Int32

  package var count: Int { sources.count }

  /// Makes one copy for every token of the text, except tokens that the tokenizer inserted.
  ///
  /// - Parameter counted: tokens with false get no copy; nil: all tokens count.
  init(_ packed: PackedTokens, mask: Int, of counted: Buffer<Bool>?) throws {
    var (sources, places): ([Int32], [Int32]) = ([], [])
    for sequence in 0..<packed.count {
      for (place, token) in packed.tokens(sequence).enumerated()
      where packed.places.map({ $0.sequences.pointer[token] >= 0 }) ?? true
        && counted.map({ $0.pointer[token] }) ?? true
      {
        sources.append(Int32(clamping: sequence))
        places.append(Int32(clamping: place))
      }
    }
    self.sources = try Buffer(copying: sources)
    self.places = try Buffer(copying: places)
    self.mask = Int32(clamping: mask)
  }
}

extension TextModel {
  /// Converts a language model's checkpoint to a network that gives each text the logarithm of its
  /// probability: for GPT-2, of each token after the first given the tokens before it; for masked language
  /// models, of each token given all others.
  ///
  /// - Throws: `unsupported` for a checkpoint without a language model's head; `invalidModel` for a tokenizer
  ///   without a mask token.
  static func likelihoodNetwork(_ transformer: Transformer, _ tokenizer: Tokenizer) throws -> Network {
    guard transformer.isCausal || tokenizer.specialTokens.mask != nil else {
      throw Failure.invalidModel(
        "\(transformer.directory): the tokenizer has no mask token, which is needed to hide tokens",
        at: transformer.directory)
    }
    return try transformer.likelihoodNetwork()
  }
}

extension TokenRows {
  /// The logarithm of each text's probability, from the means over the tokens of each row.
  func likelihoods(_ means: Buffer<Float>) throws -> Buffer<Float> {
    let result = try Buffer<Float>(count: texts, for: "scores")
    for row in 0..<rows {
      result.pointer[text(of: row)] += means.pointer[row] * Float(lengths.pointer[row])
    }
    return result
  }
}
