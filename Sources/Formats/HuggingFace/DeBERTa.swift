import Engine
import Platform

/// DeBERTa, versions 2 and 3 (He et al. 2021; He, Gao and Chen 2023): layers of BERT whose attention reads
/// the relative positions of tokens from a table shared by all layers.
extension TransformerFamily {
  static let deberta = TransformerFamily(
    prefix: "deberta.", classifier: "DebertaV2ForSequenceClassification",
    headWeight: "classifier.weight", firstPosition: { _ in 0 },
    encoder: { try debertaEncoder(&$0) },
    head: { builder, hidden, outputs, fresh in
      let config = builder.config
      let width = try config.size("hidden_size")
      try config.require("pooler_hidden_size", is: [.integer(width)])
      var x = try builder.pooled(.first, hidden, name: "pooler.first")
      x = try builder.dropout(try config.dropout("pooler_dropout", default: 0), x, name: "pooler.dropout")
      // Part of the classifier, but kept for new labels.
      x = try builder.headLinear("pooler.dense", x, from: width, to: width, fresh: false)
      x = try builder.activation(try config.activation("pooler_hidden_act"), x, name: "pooler.activation")
      let own = config.json["cls_dropout"].map { $0 != .null } ?? false
      let rate = try config.dropout(own ? "cls_dropout" : "hidden_dropout_prob")
      x = try builder.dropout(rate, x, name: "classifier.dropout")
      return try builder.headLinear("classifier", x, from: width, to: outputs, fresh: fresh)
    })

  private static func debertaEncoder(_ builder: inout TransformerBuilder) throws -> Graph.ValueID {
    let config = builder.config
    // Only in the largest checkpoints of version 2.
    try config.require("conv_kernel_size", is: [0])
    let layers = try config.size("num_hidden_layers", in: 0...1024)
    let rest = try BERTLayer(config, epsilon: 1e-7)
    var attention = try RelativeAttention(config)

    var x = try debertaEmbeddings(
      &builder, width: rest.width, epsilon: rest.epsilon, rate: rest.dropout)
    try attention.addTable(&builder, epsilon: rest.epsilon)
    for layer in 0..<layers {
      builder.graph.layer = layer
      let name = "encoder.layer.\(layer)."
      let attended = try attention.apply(x, &builder, name: name + "attention.self", dropout: rest.dropout)
      x = try rest.apply(attended, x, &builder, name: name)
    }
    builder.graph.layer = nil
    return x
  }

  private static func debertaEmbeddings(
    _ builder: inout TransformerBuilder, width: Int, epsilon: Float, rate: Float
  ) throws -> Graph.ValueID {
    let config = builder.config
    let embeddingWidth = try config.size("embedding_size", default: width)
    let types = try config.size("type_vocab_size", default: 0, in: 0...(1 << 24))
    let ids = builder.tokens("input_ids")
    let typeIDs = types > 0 ? builder.tokens("token_type_ids") : nil
    let positions =
      try config.flag("position_biased_input", default: true) ? builder.tokens("position_ids") : nil

    var x = try builder.embedding(
      "embeddings.word_embeddings", ids, rows: try config.size("vocab_size"), width: embeddingWidth)
    if let positions {
      let places = try builder.embedding(
        "embeddings.position_embeddings", positions, rows: try config.size("max_position_embeddings"),
        width: embeddingWidth)
      x = try builder.add(x, places, name: "embeddings.sum")
    }
    if let typeIDs {
      let typeVectors = try builder.embedding(
        "embeddings.token_type_embeddings", typeIDs, rows: types, width: embeddingWidth)
      x = try builder.add(x, typeVectors, name: "embeddings.sum.1")
    }
    if embeddingWidth != width {
      let weight = try builder.parameter("embeddings.embed_proj.weight", [width, embeddingWidth])
      x = try builder.graph.apply(Linear(), to: [x, weight], name: builder.prefix + "embeddings.embed_proj")
    }
    x = try builder.layerNorm("embeddings.LayerNorm", x, width: width, epsilon: epsilon)
    return try builder.dropout(rate, x, name: "embeddings.dropout")
  }
}

/// The attention of all layers: its settings in config.json, and the table of relative positions.
private struct RelativeAttention {
  typealias Term = DisentangledAttention.Term
  let width: Int
  let heads: Int
  let scale: Float
  let dropout: Float
  let positions: RelativePositions
  let terms: [Term]
  /// Whether positions are projected to keys and queries with the weights of tokens.
  let sharesWeights: Bool
  let normalizes: Bool
  /// (2 · span, width), computed once for all texts; nil if no layer reads it.
  private var table: Graph.ValueID?

  init(_ config: TransformerConfig) throws {
    width = try config.size("hidden_size")
    heads = try config.size("num_attention_heads")
    try config.require("attention_head_size", is: [.integer(width / heads)])
    dropout = try config.dropout("attention_probs_dropout_prob")
    let named = try Self.terms(config)
    scale = 1 / (Float(width / heads) * Float(1 + named.count)).squareRoot()
    terms = try config.flag("relative_attention", default: false) ? named : []
    sharesWeights = try config.flag("share_att_key", default: false)
    normalizes = (config.json["norm_rel_ebd"]?.string ?? "").lowercased().hasSubstring("layer_norm")

    // A text's scores need memory for the square of its number of tokens.
    let longest = try config.size("max_position_embeddings", default: 512, in: 1...(1 << 16))
    let range = -1...(1 << 23)
    let relative = try config.size("max_relative_positions", default: -1, in: range)
    let buckets = try config.size("position_buckets", default: -1, in: range)
    let farthest = relative < 1 ? longest : relative
    guard buckets < 1 || buckets > 1 && buckets / 2 < farthest - 1 else {
      throw Failure.invalidModel(
        "\(config.path): \"position_buckets\" is \(buckets); -1, or 2 up to twice the \(farthest) relative positions, is "
          + "needed", at: "\(config.path)#/position_buckets")
    }
    positions = RelativePositions(
      span: buckets < 1 ? farthest : buckets, longest: longest,
      buckets: buckets < 1 ? nil : .init(farthest: farthest))
  }

  /// "c2p|p2c", or a list.
  private static func terms(_ config: TransformerConfig) throws -> [Term] {
    guard let value = config.json["pos_att_type"], value != .null else { return [] }
    let words =
      value.string.map { $0.lowercased().filter { $0 != " " }.split(separator: "|").map(String.init) }
      ?? (value.array ?? []).map { $0.string ?? $0.text() }
    for word in words where word != "c2p" && word != "p2c" {
      throw Failure.unsupported(
        "\(config.path): \"pos_att_type\" has \"\(word)\", which is not supported; c2p and p2c are",
        at: "\(config.path)#/pos_att_type")
    }
    return (words.contains("c2p") ? [.contentToPosition] : [])
      + (words.contains("p2c") ? [.positionToContent] : [])
  }

  mutating func addTable(_ builder: inout TransformerBuilder, epsilon: Float) throws {
    guard !terms.isEmpty else { return }
    let weight = try builder.parameter("encoder.rel_embeddings.weight", [2 * positions.span, width])
    var x = try builder.graph.apply(
      ParameterValue(), to: [weight], name: builder.prefix + "encoder.rel_embeddings")
    if normalizes { x = try builder.layerNorm("encoder.LayerNorm", x, width: width, epsilon: epsilon) }
    table = x
  }

  // x (tokens, width) → (tokens, width)
  func apply(
    _ x: Graph.ValueID, _ builder: inout TransformerBuilder, name: String, dropout rate: Float
  ) throws -> Graph.ValueID {
    let query = try builder.layer(name + ".query_proj", from: width, to: width)
    let key = try builder.layer(name + ".key_proj", from: width, to: width)
    var operands = [
      try builder.apply(query, to: x, name: name + ".query_proj"),
      try builder.apply(key, to: x, name: name + ".key_proj"),
      try builder.linear(name + ".value_proj", x, from: width, to: width),
    ]
    if let table {
      let positions = try builder.dropout(rate, table, name: name + ".pos_dropout")
      for term in terms {
        let (own, shared) = term == .contentToPosition ? ("pos_key_proj", key) : ("pos_query_proj", query)
        let layer = try sharesWeights ? shared : builder.layer("\(name).\(own)", from: width, to: width)
        operands.append(try builder.apply(layer, to: positions, name: "\(name).\(own)"))
      }
    }
    let dropout = builder.nextDropout(dropout)
    let operation = DisentangledAttention(
      heads: heads, scale: scale, positions: positions, terms: terms, dropout: dropout.rate,
      stream: dropout.stream)
    return try builder.graph.apply(operation, to: operands, name: builder.prefix + name)
  }
}
