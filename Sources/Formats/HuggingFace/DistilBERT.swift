import Engine

/// DistilBERT (Sanh et al. 2019): BERT's layers with other names, without token types and pooler.
extension TransformerFamily {
  static let distilBERT = TransformerFamily(
    prefix: "distilbert.", classifier: "DistilBertForSequenceClassification",
    headWeight: "classifier.weight", firstPosition: { _ in 0 },
    encoder: { builder in
      let config = builder.config
      let width = try config.size("dim")
      let heads = try config.size("n_heads")
      let inner = try config.size("hidden_dim")
      let rate = try config.dropout("dropout")
      let attentionRate = try config.dropout("attention_dropout")
      let activation = try config.activation("activation")
      let epsilon: Float = 1e-12

      let ids = builder.tokens("input_ids")
      let positions = builder.tokens("position_ids")
      var x = try builder.embedding(
        "embeddings.word_embeddings", ids, rows: try config.size("vocab_size"), width: width)
      let places = try builder.embedding(
        "embeddings.position_embeddings", positions, rows: try config.size("max_position_embeddings"),
        width: width)
      x = try builder.add(x, places, name: "embeddings.sum")
      x = try builder.layerNorm("embeddings.LayerNorm", x, width: width, epsilon: epsilon)
      x = try builder.dropout(rate, x, name: "embeddings.dropout")
      for layer in 0..<(try config.size("n_layers", in: 0...1024)) {
        builder.graph.layer = layer
        let name = "transformer.layer.\(layer)."
        let q = try builder.linear(name + "attention.q_lin", x, from: width, to: width)
        let k = try builder.linear(name + "attention.k_lin", x, from: width, to: width)
        let v = try builder.linear(name + "attention.v_lin", x, from: width, to: width)
        var y = try builder.attention(
          q, k, v, heads: heads, width: width, dropout: attentionRate, name: name + "attention")
        y = try builder.linear(name + "attention.out_lin", y, from: width, to: width)
        y = try builder.add(y, x, name: name + "attention.sum")
        x = try builder.layerNorm(name + "sa_layer_norm", y, width: width, epsilon: epsilon)
        y = try builder.linear(name + "ffn.lin1", x, from: width, to: inner)
        y = try builder.activation(activation, y, name: name + "ffn.activation")
        y = try builder.linear(name + "ffn.lin2", y, from: inner, to: width)
        y = try builder.dropout(rate, y, name: name + "ffn.dropout")
        y = try builder.add(y, x, name: name + "ffn.sum")
        x = try builder.layerNorm(name + "output_layer_norm", y, width: width, epsilon: epsilon)
      }
      builder.graph.layer = nil
      return x
    },
    head: { builder, hidden, outputs, fresh in
      let width = try builder.config.size("dim")
      var x = try builder.pooled(.first, hidden, name: "pre_classifier.first")
      x = try builder.headLinear("pre_classifier", x, from: width, to: width, fresh: fresh)
      x = try builder.activation(.relu, x, name: "pre_classifier.activation")
      x = try builder.dropout(
        try builder.config.dropout("seq_classif_dropout", default: 0.2), x, name: "classifier.dropout")
      return try builder.headLinear("classifier", x, from: width, to: outputs, fresh: fresh)
    })
}
