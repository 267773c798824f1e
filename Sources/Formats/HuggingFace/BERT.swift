import Engine
import Platform

/// BERT (Devlin et al. 2019) and architectures that differ only in names and heads: RoBERTa (Liu et al.
/// 2019), XLM-R's encoder (Conneau et al. 2020), ELECTRA's discriminator (Clark et al. 2020).
extension TransformerFamily {
  static let bert = TransformerFamily(
    prefix: "bert.", classifier: "BertForSequenceClassification",
    headWeight: "classifier.weight", firstPosition: { _ in 0 },
    encoder: { try bertEncoder(&$0) },
    head: { builder, hidden, outputs, fresh in
      // The pooler belongs to the encoder's checkpoint: tanh of a linear layer on the first token.
      let width = try builder.config.size("hidden_size")
      let first = try builder.pooled(.first, hidden, name: "pooler.first")
      var pooled: Graph.ValueID
      if builder.has("pooler.dense.weight") {
        pooled = try builder.linear("pooler.dense", first, from: width, to: width)
      } else {
        pooled = try builder.headLinear(
          builder.prefix + "pooler.dense", first, from: width, to: width, fresh: true)
      }
      pooled = try builder.activation(.tanh, pooled, name: "pooler.activation")
      pooled = try builder.dropout(try classifierDropout(builder.config), pooled, name: "classifier.dropout")
      return try builder.headLinear("classifier", pooled, from: width, to: outputs, fresh: fresh)
    })

  static let roberta = TransformerFamily(
    prefix: "roberta.", classifier: "RobertaForSequenceClassification",
    headWeight: "classifier.out_proj.weight",
    // Positions start after the number of the padding token, which is the position of padding.
    firstPosition: { min(max($0.json["pad_token_id"]?.int ?? 1, 0), 1 << 20) + 1 },
    encoder: { try bertEncoder(&$0) },
    head: { try denseHead(&$0, $1, $2, $3, .tanh) })

  static let electra = TransformerFamily(
    prefix: "electra.", classifier: "ElectraForSequenceClassification",
    headWeight: "classifier.out_proj.weight", firstPosition: { _ in 0 },
    encoder: { try bertEncoder(&$0) },
    head: { try denseHead(&$0, $1, $2, $3, .gelu) })

  static func classifierDropout(_ config: TransformerConfig) throws -> Float {
    if let own = config.json["classifier_dropout"], own != .null {
      return try config.dropout("classifier_dropout")
    }
    return try config.dropout("hidden_dropout_prob")
  }

  /// classifier.dense and classifier.out_proj on the first token.
  private static func denseHead(
    _ builder: inout TransformerBuilder, _ hidden: Graph.ValueID, _ outputs: Int, _ fresh: Bool,
    _ function: Activation.Function
  ) throws -> Graph.ValueID {
    let width = try builder.config.size("hidden_size")
    let rate = try classifierDropout(builder.config)
    var x = try builder.pooled(.first, hidden, name: "classifier.first")
    x = try builder.dropout(rate, x, name: "classifier.dropout")
    x = try builder.headLinear("classifier.dense", x, from: width, to: width, fresh: fresh)
    x = try builder.activation(function, x, name: "classifier.activation")
    x = try builder.dropout(rate, x, name: "classifier.dropout.1")
    return try builder.headLinear("classifier.out_proj", x, from: width, to: outputs, fresh: fresh)
  }

  private static func bertEncoder(_ builder: inout TransformerBuilder) throws -> Graph.ValueID {
    let config = builder.config
    try config.require("position_embedding_type", is: ["absolute"])
    try config.require("is_decoder", is: [false])
    let width = try config.size("hidden_size")
    let embeddingWidth = try config.size("embedding_size", default: width)
    let layers = try config.size("num_hidden_layers", in: 0...1024)
    let heads = try config.size("num_attention_heads")
    let rest = try BERTLayer(config, epsilon: 1e-12)
    let types = try config.size("type_vocab_size", default: 2)
    let attentionRate = try config.dropout("attention_probs_dropout_prob")

    let ids = builder.tokens("input_ids")
    let typeIDs = builder.tokens("token_type_ids")
    let positions = builder.tokens("position_ids")
    var x = try builder.embedding(
      "embeddings.word_embeddings", ids, rows: try config.size("vocab_size"), width: embeddingWidth)
    let typeVectors = try builder.embedding(
      "embeddings.token_type_embeddings", typeIDs, rows: types, width: embeddingWidth)
    x = try builder.add(x, typeVectors, name: "embeddings.sum")
    let places = try builder.embedding(
      "embeddings.position_embeddings", positions, rows: try config.size("max_position_embeddings"),
      width: embeddingWidth)
    x = try builder.add(x, places, name: "embeddings.sum.1")
    x = try builder.layerNorm("embeddings.LayerNorm", x, width: embeddingWidth, epsilon: rest.epsilon)
    x = try builder.dropout(rest.dropout, x, name: "embeddings.dropout")
    if embeddingWidth != width {
      x = try builder.linear("embeddings_project", x, from: embeddingWidth, to: width)
    }

    for layer in 0..<layers {
      builder.graph.layer = layer
      let name = "encoder.layer.\(layer)."
      let q = try builder.linear(name + "attention.self.query", x, from: width, to: width)
      let k = try builder.linear(name + "attention.self.key", x, from: width, to: width)
      let v = try builder.linear(name + "attention.self.value", x, from: width, to: width)
      let attended = try builder.attention(
        q, k, v, heads: heads, width: width, dropout: attentionRate, name: name + "attention.self")
      x = try rest.apply(attended, x, &builder, name: name)
    }
    builder.graph.layer = nil
    return x
  }
}
