import Datasets
import Engine
import Formats
import Platform
import Tokenizers

/// What a model of texts is beside its network: the checkpoint that it came from, and the way from texts
/// to tokens.
public struct TextModel: @unchecked Sendable {
  let transformer: Transformer
  let tokenizer: Tokenizer
  /// The most tokens of a text; what is longer is cut.
  let maximumLength: Int
  /// Whether the network's output is a vector for each text rather than a prediction, and whether that
  /// vector is brought to length 1.
  let embeds: Bool
  let normalizes: Bool

  init(
    _ transformer: Transformer, _ tokenizer: Tokenizer, maximumLength: Int?, embeds: Bool = false
  ) throws {
    self.transformer = transformer
    self.tokenizer = tokenizer
    self.embeds = embeds
    normalizes = embeds && transformer.normalizesEmbeddings
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

  /// The same with other weights.
  func replacing(parameters: [Tensor]) -> TextModel {
    TextModel(
      transformer: transformer.replacing(parameters: parameters), tokenizer: tokenizer,
      maximumLength: maximumLength)
  }

  private init(transformer: Transformer, tokenizer: Tokenizer, maximumLength: Int) {
    (embeds, normalizes) = (false, false)
    self.transformer = transformer
    self.tokenizer = tokenizer
    self.maximumLength = maximumLength
  }

  /// Prefixes take the first positions.
  private func options(_ graph: Graph) -> EncodingOptions {
    let places = transformer.longestText - (graph.prefixAdapter?.tokens ?? 0)
    return EncodingOptions(maximumLength: min(maximumLength, max(places, 2)))
  }

  /// The tokens of a dataset's texts.
  ///
  /// - Throws: `invalidConfig` when no column of text is named, `invalidData` when it is none or a text is
  ///   missing.
  func rows(of dataset: Dataset, _ data: DataConfig?, graph: Graph) throws -> TokenRows {
    guard let name = data?.text else {
      throw Failure.invalidConfig(
        "the model reads texts, and no column is named; \"text\" in \"data\" names it"
          + Suggestion.phrase(for: "text", among: dataset.names), at: "/data/text")
    }
    let first = try Self.texts(dataset, name)
    let second = try data?.textPair.map { try Self.texts(dataset, $0) }
    return try withExtendedLifetime((first, second)) {
      try rows(Self.block(first), pairs: second.map(Self.block), graph: graph)
    }
  }

  func rows(_ texts: TextValues, graph: Graph) throws -> TokenRows {
    try withExtendedLifetime(texts) { try rows(Self.block(texts), graph: graph) }
  }

  private func rows(_ texts: TextBlock, pairs: TextBlock? = nil, graph: Graph) throws -> TokenRows {
    try TokenRows(
      tokenizer.encode(texts, pairs: pairs, options: options(graph)), for: graph,
      firstPosition: transformer.firstPosition + (graph.prefixAdapter?.tokens ?? 0))
  }

  static func texts(_ dataset: Dataset, _ name: String) throws -> TextValues {
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
