import Engine

/// ALBERT (Lan et al. 2020): narrow embeddings, and groups of layers that share their weights.
extension TransformerFamily {
  static let albert = TransformerFamily(
    prefix: "albert.", classifier: "AlbertForSequenceClassification",
    headWeight: "classifier.weight", firstPosition: { _ in 0 },
    encoder: { builder in
      let config = builder.config
      try config.require("position_embedding_type", is: ["absolute"])
      let width = try config.size("hidden_size")
      let embeddingWidth = try config.size("embedding_size", default: 128)
      let heads = try config.size("num_attention_heads")
      let inner = try config.size("intermediate_size")
      let layers = try config.size("num_hidden_layers", in: 0...1024)
      let groups = try config.size("num_hidden_groups", default: 1, in: 1...1024)
      let members = try config.size("inner_group_num", default: 1, in: 1...64)
      let epsilon = try config.number("layer_norm_eps", default: 1e-12)
      let rate = try config.dropout("hidden_dropout_prob", default: 0)
      let attentionRate = try config.dropout("attention_probs_dropout_prob", default: 0)
      let activation = try config.activation("hidden_act", default: "gelu_new")

      let ids = builder.tokens("input_ids")
      let typeIDs = builder.tokens("token_type_ids")
      let positions = builder.tokens("position_ids")
      var x = try builder.embedding(
        "embeddings.word_embeddings", ids, rows: try config.size("vocab_size"), width: embeddingWidth)
      let typeVectors = try builder.embedding(
        "embeddings.token_type_embeddings", typeIDs, rows: try config.size("type_vocab_size", default: 2),
        width: embeddingWidth)
      x = try builder.add(x, typeVectors, name: "embeddings.sum")
      let places = try builder.embedding(
        "embeddings.position_embeddings", positions, rows: try config.size("max_position_embeddings"),
        width: embeddingWidth)
      x = try builder.add(x, places, name: "embeddings.sum.1")
      x = try builder.layerNorm("embeddings.LayerNorm", x, width: embeddingWidth, epsilon: epsilon)
      x = try builder.dropout(rate, x, name: "embeddings.dropout")
      x = try builder.linear("encoder.embedding_hidden_mapping_in", x, from: embeddingWidth, to: width)

      var shared: [[SharedLayer]] = []
      for group in 0..<groups {
        shared.append([])
        for member in 0..<members {
          shared[group].append(
            try SharedLayer(&builder, group: group, member: member, width: width, inner: inner))
        }
      }
      let order = (0..<layers).flatMap { shared[$0 * groups / layers] }
      for (layer, weights) in order.enumerated() {
        builder.graph.layer = layer
        let name = "encoder.layer.\(layer)."
        let q = try weights.apply(weights.query, x, &builder, name + "query")
        let k = try weights.apply(weights.key, x, &builder, name + "key")
        let v = try weights.apply(weights.value, x, &builder, name + "value")
        var y = try builder.attention(
          q, k, v, heads: heads, width: width, dropout: attentionRate, name: name + "attention")
        y = try weights.apply(weights.dense, y, &builder, name + "dense")
        y = try builder.dropout(rate, y, name: name + "dropout")
        y = try builder.add(y, x, name: name + "sum")
        x = try weights.normalize(weights.attentionNorm, y, epsilon, &builder, name + "LayerNorm")
        y = try weights.apply(weights.ffn, x, &builder, name + "ffn")
        y = try builder.activation(activation, y, name: name + "activation")
        y = try weights.apply(weights.ffnOutput, y, &builder, name + "ffn_output")
        y = try builder.dropout(rate, y, name: name + "dropout.1")
        y = try builder.add(y, x, name: name + "sum.1")
        x = try weights.normalize(weights.fullNorm, y, epsilon, &builder, name + "full_layer_layer_norm")
      }
      builder.graph.layer = nil
      return x
    },
    head: { builder, hidden, outputs, fresh in
      let width = try builder.config.size("hidden_size")
      var x = try builder.pooled(.first, hidden, name: "pooler.first")
      x = try builder.linear("pooler", x, from: width, to: width)
      x = try builder.activation(.tanh, x, name: "pooler.activation")
      x = try builder.dropout(
        try builder.config.dropout("classifier_dropout_prob"), x, name: "classifier.dropout")
      return try builder.headLinear("classifier", x, from: width, to: outputs, fresh: fresh)
    })

  /// The weights of one of a group's layers, which are used each time the group is applied.
  private struct SharedLayer {
    typealias Pair = (weight: Graph.ValueID, bias: Graph.ValueID)
    let query, key, value, dense, attentionNorm, ffn, ffnOutput, fullNorm: Pair

    init(_ builder: inout TransformerBuilder, group: Int, member: Int, width: Int, inner: Int) throws {
      let name = "encoder.albert_layer_groups.\(group).albert_layers.\(member)."
      func pair(_ part: String, _ dimensions: [Int], _ builder: inout TransformerBuilder) throws -> Pair {
        (
          try builder.parameter(name + part + ".weight", dimensions),
          try builder.parameter(name + part + ".bias", [dimensions[0]])
        )
      }
      query = try pair("attention.query", [width, width], &builder)
      key = try pair("attention.key", [width, width], &builder)
      value = try pair("attention.value", [width, width], &builder)
      dense = try pair("attention.dense", [width, width], &builder)
      attentionNorm = try pair("attention.LayerNorm", [width], &builder)
      ffn = try pair("ffn", [inner, width], &builder)
      ffnOutput = try pair("ffn_output", [width, inner], &builder)
      fullNorm = try pair("full_layer_layer_norm", [width], &builder)
    }

    func apply(
      _ pair: Pair, _ x: Graph.ValueID, _ builder: inout TransformerBuilder, _ name: String
    ) throws -> Graph.ValueID {
      try builder.graph.apply(Linear(), to: [x, pair.weight, pair.bias], name: builder.prefix + name)
    }

    func normalize(
      _ pair: Pair, _ x: Graph.ValueID, _ epsilon: Float, _ builder: inout TransformerBuilder,
      _ name: String
    ) throws -> Graph.ValueID {
      try builder.graph.apply(
        LayerNorm(epsilon: epsilon), to: [x, pair.weight, pair.bias], name: builder.prefix + name)
    }
  }
}
