import Engine

/// GPT-2 (Radford et al. 2019) as a classifier: pre-normalization, causal attention, and a linear score of
/// the last token. Its weights are stored as (in, out).
extension TransformerFamily {
  static let gpt2 = TransformerFamily(
    prefix: "transformer.", classifier: "GPT2ForSequenceClassification",
    headWeight: "score.weight", firstPosition: { _ in 0 },
    encoder: { builder in
      let config = builder.config
      try config.require("scale_attn_weights", is: [true])
      let scalesByLayer = try config.flag("scale_attn_by_inverse_layer_idx", default: false)
      try config.require("add_cross_attention", is: [false])
      let width = try config.size("n_embd", "hidden_size")
      let heads = try config.size("n_head", "num_attention_heads")
      let inner = try config.size("n_inner", default: 4 * width)
      let epsilon = try config.number("layer_norm_epsilon", default: 1e-5)
      let rate = try config.dropout("resid_pdrop")
      let attentionRate = try config.dropout("attn_pdrop")
      let activation = try config.activation("activation_function", default: "gelu_new")

      let ids = builder.tokens("input_ids")
      let positions = builder.tokens("position_ids")
      var x = try builder.embedding("wte", ids, rows: try config.size("vocab_size"), width: width)
      let places = try builder.embedding(
        "wpe", positions, rows: try config.size("n_positions", "max_position_embeddings"), width: width)
      x = try builder.add(x, places, name: "sum")
      x = try builder.dropout(try config.dropout("embd_pdrop"), x, name: "drop")
      for layer in 0..<(try config.size("n_layer", "num_hidden_layers", in: 0...1024)) {
        builder.graph.layer = layer
        let name = "h.\(layer)."
        var y = try builder.layerNorm(name + "ln_1", x, width: width, epsilon: epsilon)
        y = try inputMajor(&builder, name + "attn.c_attn", y, from: width, to: 3 * width)
        var parts: [Graph.ValueID] = []
        for part in 0..<3 {
          parts.append(
            try builder.graph.apply(
              Columns(part * width..<(part + 1) * width), to: [y], name: "\(name)attn.part.\(part)"))
        }
        y = try builder.attention(
          parts[0], parts[1], parts[2], heads: heads, width: width, causal: true,
          divisor: scalesByLayer ? layer + 1 : 1, dropout: attentionRate, name: name + "attn")
        y = try inputMajor(&builder, name + "attn.c_proj", y, from: width, to: width)
        y = try builder.dropout(rate, y, name: name + "attn.dropout")
        x = try builder.add(y, x, name: name + "attn.sum")
        y = try builder.layerNorm(name + "ln_2", x, width: width, epsilon: epsilon)
        y = try inputMajor(&builder, name + "mlp.c_fc", y, from: width, to: inner)
        y = try builder.activation(activation, y, name: name + "mlp.activation")
        y = try inputMajor(&builder, name + "mlp.c_proj", y, from: inner, to: width)
        y = try builder.dropout(rate, y, name: name + "mlp.dropout")
        x = try builder.add(y, x, name: name + "mlp.sum")
      }
      builder.graph.layer = nil
      return try builder.layerNorm("ln_f", x, width: width, epsilon: epsilon)
    },
    head: { builder, hidden, outputs, fresh in
      let width = try builder.config.size("n_embd", "hidden_size")
      let last = try builder.pooled(.last, hidden, name: "last")
      let weight = try builder.headParameter("score.weight", [outputs, width], fresh: fresh)
      return try builder.graph.apply(Linear(), to: [last, weight], name: "score")
    })

  private static func inputMajor(
    _ builder: inout TransformerBuilder, _ name: String, _ x: Graph.ValueID, from width: Int, to outputs: Int
  ) throws -> Graph.ValueID {
    let operands = [
      x, try builder.parameter(name + ".weight", [width, outputs]),
      try builder.parameter(name + ".bias", [outputs]),
    ]
    return try builder.graph.apply(
      Linear(weightIsInputMajor: true), to: operands, name: builder.prefix + name)
  }
}
