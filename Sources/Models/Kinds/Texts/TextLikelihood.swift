import Datasets
import Formats
import Platform
import Tokenizers

/// The copies of texts in which one token each is masked, so that a model tells it from all others (Salazar et al.
/// 2020): the copies of a text follow one another.
package struct MaskedCopies: @unchecked Sendable {
  /// Which sequence each is a copy of, and which of its tokens is masked.
  let sources: Buffer<Int32>
  package let places: Buffer<Int32>
  let mask: Int32

  package var count: Int { sources.count }

  /// A copy for every token that the tokenizer did not put in.
  ///
  /// - Parameter counted: of tokens for which this is false there is none; nil: all count.
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
  /// A language model's checkpoint as one that gives each text the logarithm of its probability: of its tokens after
  /// the first, each after those before it (GPT-2); or of all, each masked among the others.
  ///
  /// - Throws: `unsupported` for a checkpoint without the head of a language model; `invalidModel` for a tokenizer
  ///   without a mask.
  static func likelihoodNetwork(_ transformer: Transformer, _ tokenizer: Tokenizer) throws -> Network {
    guard transformer.isCausal || tokenizer.specialTokens.mask != nil else {
      throw Failure.invalidModel(
        "\(transformer.directory): the tokenizer names no mask, by which tokens are hidden",
        at: transformer.directory)
    }
    return try transformer.likelihoodNetwork()
  }
}

extension TokenRows {
  /// The logarithm of each text's probability, of the means over the tokens of each row.
  func likelihoods(_ means: Buffer<Float>) throws -> Buffer<Float> {
    let result = try Buffer<Float>(count: texts, for: "scores")
    for row in 0..<rows {
      result.pointer[text(of: row)] += means.pointer[row] * Float(lengths.pointer[row])
    }
    return result
  }
}
