import Configurations
import Datasets
import Engine
import EngineKernels
import Platform
import Tokenizers

#if canImport(Glibc)
  import Glibc
#endif

/// A column of texts prepared for tagging: their tokens, their words, and the token of each word.
package struct TaggedTexts: @unchecked Sendable {
  package let texts: TextValues
  package let tokens: TokenRows
  package let words: TextWords
  package let wordTokens: WordTokens

  /// The log probabilities of each word's tags, (words, classes); losses on logits accept them. A word
  /// without a token gets the tag `outside`.
  package func outputs(_ predictor: Predictor, width: Int, outside: Int) throws -> Buffer<Float> {
    // A word may occur in several windows, which different workers may process: outputs are computed
    // separately first, then combined.
    let pairs = wordTokens.count
    let lines = try Buffer<Float>(count: pairs * width, for: "tags")
    try predictor.run(
      rows: tokens.rows, lengths: tokens.lengths.pointer, fill: tokens.fill
    ) { range, outputs in
      var token = 0
      for sequence in range {
        for pair in wordTokens.pairs(sequence) {
          (lines.pointer + pair * width).update(
            from: outputs + (token + Int(wordTokens.places.pointer[pair])) * width, count: width)
        }
        token += Int(tokens.lengths.pointer[sequence])
      }
    }
    softmax_forward(lines.pointer, lines.pointer, pairs, width)
    let result = try Buffer<Float>(count: words.count * width, for: "tags")
    let takesLargest = tokens.combination == .maximum
    for pair in 0..<pairs {
      let line = result.pointer + Int(wordTokens.words.pointer[pair]) * width
      for index in 0..<width {
        let probability = lines.pointer[pair * width + index]
        line[index] = takesLargest ? max(line[index], probability) : line[index] + probability
      }
    }
    for word in 0..<words.count {
      let line = result.pointer + word * width
      var total: Float = 0
      for index in 0..<width { total += line[index] }
      if total == 0 { (line[min(outside, width - 1)], total) = (1, 1) }
      for index in 0..<width { line[index] = logf(max(line[index] / total, 1e-30)) }
    }
    return result
  }
}

extension TextModel {
  /// The texts of a dataset, prepared for tagging.
  ///
  /// - Parameters:
  ///   - splitsAtBlanks: whether words are separated by spaces, as in rows with tags; otherwise they are the
  ///     tokenizer's words.
  ///   - isTraining: whether long texts are truncated.
  package func taggedTexts(
    of dataset: Dataset, _ data: DataConfig?, graph: Graph, splitsAtBlanks: Bool = true,
    isTraining: Bool = false
  ) throws -> TaggedTexts {
    guard data?.textPair == nil else {
      throw Failure.unsupported("words are tagged in one text, not in pairs", at: "/data/text_pair")
    }
    let tokens = try rows(of: dataset, data, graph: graph, isTraining: isTraining, findsPlaces: true)
    let texts = try Self.texts(dataset, data?.text ?? "")
    let words =
      try splitsAtBlanks ? TextWords(splitting: texts) : TextWords(tokens.packed, texts: texts)
    return TaggedTexts(
      texts: texts, tokens: tokens, words: words,
      wordTokens: try WordTokens(tokens.packed, words, of: texts))
  }
}
