import Engine
import Platform

/// The language model's head of a checkpoint: a transformation of each token's hidden state, and its product
/// with the embedding table of the vocabulary.
struct LanguageHead: Sendable {
  /// A linear layer, the activation, and a normalization; nil: the hidden state is used directly.
  let transform: (dense: String, norm: String)?
  /// A bias for each token of the vocabulary; nil: none.
  let bias: String?
  /// The encoder's embedding table, and the name of a separate table that replaces it if the checkpoint has
  /// one.
  let table: (shared: String, own: String)

  /// By `model_type`.
  static let all: [String: LanguageHead] = [
    "bert": LanguageHead(
      transform: ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm"),
      bias: "cls.predictions.bias", table: (words, "cls.predictions.decoder.weight")),
    "roberta": roberta, "xlm-roberta": roberta, "camembert": roberta,
    "distilbert": LanguageHead(
      transform: ("vocab_transform", "vocab_layer_norm"), bias: "vocab_projector.bias",
      table: (words, "vocab_projector.weight")),
    "albert": LanguageHead(
      transform: ("predictions.dense", "predictions.LayerNorm"), bias: "predictions.bias",
      table: (words, "predictions.decoder.weight")),
    "gpt2": LanguageHead(transform: nil, bias: nil, table: ("wte.weight", "lm_head.weight")),
    "deberta-v2": LanguageHead(
      transform: ("lm_predictions.lm_head.dense", "lm_predictions.lm_head.LayerNorm"),
      bias: "lm_predictions.lm_head.bias", table: (words, words)),
  ]

  /// The head of a type. DeBERTa has two forms, of which the checkpoint has one: BERT's, or that of
  /// `"legacy": false`.
  static func of(_ type: String, _ weights: TransformerWeights) -> LanguageHead? {
    let isLegacy = type == "deberta-v2" && weights.storesAny(prefix: "cls.predictions.transform.")
    return all[isLegacy ? "bert" : type]
  }
  private static let words = "embeddings.word_embeddings.weight"
  private static let roberta = LanguageHead(
    transform: ("lm_head.dense", "lm_head.layer_norm"), bias: "lm_head.bias",
    table: (words, "lm_head.decoder.weight"))
}

extension Transformer {
  /// Whether a token is predicted only from those before it (GPT-2), or from all others (BERT and similar).
  public var isCausal: Bool { config.modelType == "gpt2" }

  /// The mean over a text's tokens of the log probabilities of the tokens in the input "target_ids"; tokens
  /// whose target is below 0 count as 0.
  ///
  /// - Throws: `unsupported` for a checkpoint without a language model's head.
  public func likelihoodNetwork() throws -> Network {
    let path = directory + "/config.json"
    guard let head = LanguageHead.of(config.modelType, weights) else {
      throw Failure.unsupported(
        "\(path): likelihoods of \"\(config.modelType)\" are not supported; "
          + "\(LanguageHead.all.keys.sorted().joined(separator: ", ")) are", at: "\(path)#/model_type")
    }
    if let name = head.transform?.dense, !weights.contains(name + ".weight") {
      throw Failure.unsupported(
        "\(directory) has no head of a language model: there is no tensor \"\(name).weight\"", at: directory)
    }
    var builder = try TransformerBuilder(
      config, weights, prefix: family.prefix, isClassifier: true, options: TransformerOptions(dropout: 0))
    var x = try family.encoder(&builder)
    let targets = builder.tokens("target_ids")
    var width = builder.graph.shape(of: x).last
    if let transform = head.transform {
      let hidden = width
      width = try config.size("embedding_size", default: width)
      x = try builder.headLinear(transform.dense, x, from: hidden, to: width, fresh: false)
      x = try builder.activation(
        try config.activation(config.modelType == "distilbert" ? "activation" : "hidden_act"), x,
        name: "predictions.activation")
      let operands = [
        x, builder.graph.parameter(try weights.tensor(transform.norm + ".weight", [width])),
        builder.graph.parameter(try weights.tensor(transform.norm + ".bias", [width])),
      ]
      let epsilon = try config.number(
        "layer_norm_eps", default: config.modelType == "deberta-v2" ? 1e-7 : 1e-12)
      x = try builder.graph.apply(LayerNorm(epsilon: epsilon), to: operands, name: transform.norm)
    }
    let vocabulary = try config.size("vocab_size")
    var operands = [
      x, targets,
      weights.contains(head.table.own)
        ? builder.graph.parameter(try weights.tensor(head.table.own, [vocabulary, width]))
        : try builder.parameter(head.table.shared, [vocabulary, width]),
    ]
    if let bias = head.bias {
      operands.append(builder.graph.parameter(try weights.tensor(bias, [vocabulary])))
    }
    let scores = try builder.graph.apply(TokenLikelihood(), to: operands, name: "likelihood")
    let output = try builder.pooled(.mean, scores, name: "likelihood.mean")
    return Network(graph: try builder.graph.finish(output: output), link: .identity, producer: "transformers")
  }
}
