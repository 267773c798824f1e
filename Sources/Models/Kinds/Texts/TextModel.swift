import Configurations
import Datasets
import Engine
import Formats
import Platform
import Tokenizers

/// The parts of a text model in addition to its network: the checkpoint from which it was loaded, and the
/// conversion of texts to tokens.
package struct TextModel: @unchecked Sendable {
  let transformer: Transformer
  let tokenizer: Tokenizer
  /// The key for the tokenizer's files in the metadata of an ONNX file.
  static let tokenizerKey = "equipoise_tokenizer"
  /// The maximum number of tokens of a text; longer texts are truncated.
  let maximumLength: Int
  /// Whether the network's output is a vector for each text instead of a prediction.
  let embeds: Bool
  /// Whether these vectors are normalized to length 1.
  package let normalizes: Bool
  /// Whether the network's output is the logarithm of a text's probability.
  package let measuresLikelihood: Bool
  /// Layers of the head that the checkpoint's own format cannot store; nil: the checkpoint's head, or none.
  package let layers: HeadConfig?
  /// The default treatment of longer texts.
  package let longTexts: LongTextsConfig

  package init(
    _ transformer: Transformer, _ tokenizer: Tokenizer, maximumLength: Int?, embeds: Bool = false,
    normalizes: Bool? = nil, layers: HeadConfig? = nil, longTexts: LongTextsConfig? = nil,
    measuresLikelihood: Bool = false
  ) throws {
    self.transformer = transformer
    self.tokenizer = tokenizer
    self.embeds = embeds
    self.measuresLikelihood = measuresLikelihood
    self.layers = layers
    self.longTexts = longTexts ?? LongTextsConfig()
    self.normalizes = embeds && normalizes ?? transformer.normalizesEmbeddings
    let limit = min(transformer.longestText, tokenizer.maximumLength ?? Int.max)
    if let maximumLength, maximumLength > transformer.longestText {
      throw Failure.invalidConfig(
        "\(maximumLength) tokens are more than the model has positions for; up to \(transformer.longestText) are "
          + "accepted", at: "/maximum_length")
    }
    self.maximumLength = maximumLength ?? limit
    guard tokenizer.vocabularySize <= transformer.vocabularySize else {
      throw Failure.invalidModel(
        "\(transformer.directory): the tokenizer has \(tokenizer.vocabularySize) tokens and the model embeddings for "
          + "\(transformer.vocabularySize)", at: transformer.directory)
    }
  }

  /// A copy with the weights and the head of a tuned network.
  ///
  /// - Parameters:
  ///   - layers: the layers of the head; nil: as before, if the network still has them.
  ///   - longTexts: the treatment of longer texts; nil: as before.
  package func replacing(
    _ network: Network, task: String?, labels: [String], layers: HeadConfig?, longTexts: LongTextsConfig?
  ) -> TextModel {
    let hasLayers = network.graph.parameters.contains { $0.name == HeadConfig.name + ".weight" }
    return TextModel(
      transformer: transformer.replacing(network, task: task, labels: labels), tokenizer: tokenizer,
      maximumLength: maximumLength, layers: hasLayers ? layers ?? self.layers : nil,
      longTexts: longTexts ?? self.longTexts)
  }

  private init(
    transformer: Transformer, tokenizer: Tokenizer, maximumLength: Int, layers: HeadConfig?,
    longTexts: LongTextsConfig
  ) {
    (embeds, normalizes, measuresLikelihood) = (false, false, false)
    self.transformer = transformer
    self.tokenizer = tokenizer
    self.maximumLength = maximumLength
    self.layers = layers
    self.longTexts = longTexts
  }

  /// The tokens of a dataset's texts.
  ///
  /// - Parameters:
  ///   - isTraining: whether long texts are truncated, regardless of their treatment in prediction.
  ///   - findsPlaces: whether to record the position of each token in its text.
  /// - Throws: `invalidConfig` if no text column is named, `invalidData` if the column is not text or a text
  ///   is missing.
  package func rows(
    of dataset: Dataset, _ data: DataConfig?, graph: Graph, isTraining: Bool = false,
    findsPlaces: Bool = false
  ) throws -> TokenRows {
    guard let name = data?.text else {
      throw Failure.invalidConfig(
        "the model reads texts, and no column is named; \"text\" in \"data\" names it"
          + Suggestion.phrase(for: "text", among: dataset.names), at: "/data/text")
    }
    let first = try Self.texts(dataset, name)
    let second = try data?.textPair.map { try Self.texts(dataset, $0) }
    return try withExtendedLifetime((first, second)) {
      var (options, combination) = try reading(data?.longTexts ?? longTexts, graph, hasPairs: second != nil)
      options.findsPlaces = findsPlaces
      if isTraining { options.keepsWindows = false }
      return try rows(
        Self.block(first), pairs: second.map(Self.block), graph: graph, options, combination)
    }
  }

  /// How texts from the host are read: what does not depend on them.
  struct Serving {
    let options: EncodingOptions
    let combination: TokenRows.Combination
    let inputs: [TokenRows.Input]
    let firstPosition: Int
  }

  func serving(_ graph: Graph) throws -> Serving {
    let (options, combination) = try reading(longTexts, graph, hasPairs: false)
    return Serving(
      options: options, combination: combination, inputs: try TokenRows.inputs(of: graph),
      firstPosition: transformer.firstPosition + prefix(graph))
  }

  /// The tokens of texts in memory that is reused.
  func rows(_ texts: TextBlock, graph: Graph, _ serving: Serving, in memory: TextMemory) throws -> TokenRows {
    if measuresLikelihood {
      return try rows(texts, pairs: nil, graph: graph, serving.options, serving.combination)
    }
    try tokenizer.encode(texts, options: serving.options, into: memory.packed)
    return TokenRows(
      memory.packed, of: texts.count, inputs: serving.inputs, firstPosition: serving.firstPosition,
      combination: serving.combination, lengths: try memory.lengths(rows: memory.packed.count))
  }

  private func rows(
    _ texts: TextBlock, pairs: TextBlock?, graph: Graph, _ options: EncodingOptions,
    _ combination: TokenRows.Combination
  ) throws -> TokenRows {
    guard measuresLikelihood else {
      return try TokenRows(
        tokenizer.encode(texts, pairs: pairs, options: options), of: texts.count, for: graph,
        firstPosition: transformer.firstPosition + prefix(graph), combination: combination)
    }
    var options = options
    // With windows, overlapping parts would be counted twice.
    (options.findsPlaces, options.keepsWindows) = (true, false)
    if pairs != nil, transformer.isCausal {
      throw Failure.unsupported(
        "the likelihoods of the tokens that a pair shares need a masked language model; this one reads from left to right",
        at: "/data/text_pair")
    }
    let packed = try tokenizer.encode(texts, pairs: nil, options: options)
    let shared = try pairs.map {
      try SharedTokens.find(packed, in: tokenizer.encode($0, pairs: nil, options: options))
    }
    return try TokenRows(
      packed, of: texts.count, for: graph, firstPosition: transformer.firstPosition + prefix(graph),
      combination: .likelihood,
      copies: transformer.isCausal
        ? nil : MaskedCopies(packed, mask: tokenizer.specialTokens.mask ?? 0, of: shared))
  }

  /// Prefix adapters use this number of the first positions.
  private func prefix(_ graph: Graph) -> Int { graph.prefixAdapter?.tokens ?? 0 }

  /// - Throws: `invalidConfig` for windows longer than the model's maximum, or with no room besides their
  ///   overlap.
  private func reading(_ config: LongTextsConfig, _ graph: Graph, hasPairs: Bool) throws -> (
    EncodingOptions, TokenRows.Combination
  ) {
    // The model was trained for texts of at most this number of tokens.
    let most = min(maximumLength, max(transformer.longestText - prefix(graph), 2))
    let length = config.length ?? most
    guard length <= most else {
      throw Failure.invalidConfig(
        "\(length) tokens are more than the model reads at once; up to \(most) are accepted"
          + (maximumLength < transformer.longestText
            ? ", or \(transformer.longestText) where it was loaded with such a \"maximum_length\"" : ""),
        at: "/data/long_texts/length")
    }
    var options = EncodingOptions(maximumLength: length)
    guard config.method == .windows else { return (options, .mean) }
    let room = length - tokenizer.addedTokenCount(pair: hasPairs)
    guard config.stride < room else {
      throw Failure.invalidConfig(
        "windows of \(length) tokens, of which \(max(room, 0)) are the text's, cannot share \(config.stride)",
        at: "/data/long_texts/stride")
    }
    options.keepsWindows = true
    options.stride = config.stride
    // In a pair, only the first text is divided.
    if hasPairs { options.truncation = .onlyFirst }
    return (options, config.combine == .mean ? .mean : .maximum)
  }

  package static func texts(_ dataset: Dataset, _ name: String) throws -> TextValues {
    let column = try dataset.column(name)
    guard case .text(let texts) = column.values else {
      throw Failure.invalidColumn(name, "holds \(column.values.typeName)s; texts are needed")
    }
    if column.missingCount > 0, let row = (0..<column.rows).first(where: column.isMissing) {
      throw Failure.invalidColumn(name, "row \(row): the text is missing")
    }
    return texts
  }

  private static func block(_ texts: TextValues) -> TextBlock {
    TextBlock(
      bytes: UnsafeRawPointer(texts.block.pointer).assumingMemoryBound(to: UInt8.self),
      offsets: texts.offsets.pointer, count: texts.count, terminator: 1)
  }
}
