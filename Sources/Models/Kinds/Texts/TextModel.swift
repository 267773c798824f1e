import Configurations
import Datasets
import Engine
import Formats
import Platform
import Tokenizers

/// What a model of texts is beside its network: the checkpoint that it came from, and the way from texts
/// to tokens.
package struct TextModel: @unchecked Sendable {
  let transformer: Transformer
  let tokenizer: Tokenizer
  /// Of the metadata of an ONNX file: the tokenizer's files by their names.
  static let tokenizerKey = "equipoise_tokenizer"
  /// The most tokens of a text; what is longer is cut.
  let maximumLength: Int
  /// Whether the network's output is a vector for each text rather than a prediction, and whether that
  /// vector is brought to length 1.
  let embeds: Bool
  package let normalizes: Bool
  /// Whether the network's output is the logarithm of a text's probability.
  let measuresLikelihood: Bool
  /// Layers on top that the checkpoint's own format has no place for; nil: its own head, or none.
  package let layers: HeadConfig?
  /// What becomes of longer texts, unless a configuration says otherwise.
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

  /// The same with the weights and the head of a network that was tuned.
  ///
  /// - Parameters:
  ///   - layers: those that were put on top; nil: as before, where the network still has them.
  ///   - longTexts: what becomes of longer texts; nil: as before.
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
  ///   - isTraining: long texts are cut, whatever becomes of them in prediction.
  ///   - findsPlaces: whether tokens have their places in the texts.
  /// - Throws: `invalidConfig` when no column of text is named, `invalidData` when it is none or a text is
  ///   missing.
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

  package func rows(_ texts: TextValues, graph: Graph) throws -> TokenRows {
    let (options, combination) = try reading(longTexts, graph, hasPairs: false)
    return try withExtendedLifetime(texts) {
      try rows(Self.block(texts), pairs: nil, graph: graph, options, combination)
    }
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
    // Windows would count what they share twice.
    (options.findsPlaces, options.keepsWindows) = (true, false)
    if pairs != nil, transformer.isCausal {
      throw Failure.unsupported(
        "the likelihoods of tokens that a pair shares are those of masked tokens; the model reads from left to right",
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

  /// Prefixes take so many of the first positions.
  private func prefix(_ graph: Graph) -> Int { graph.prefixAdapter?.tokens ?? 0 }

  /// - Throws: `invalidConfig` for windows longer than the model reads, or with no room beside what they share.
  private func reading(_ config: LongTextsConfig, _ graph: Graph, hasPairs: Bool) throws -> (
    EncodingOptions, TokenRows.Combination
  ) {
    // What predicts was made for texts of that many tokens.
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
    // The first text of a pair is what is read in parts.
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
