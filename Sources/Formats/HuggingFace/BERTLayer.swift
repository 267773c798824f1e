import Engine

/// The part of a BERT layer after the attention; DeBERTa uses it too.
struct BERTLayer {
  let width: Int
  let inner: Int
  let epsilon: Float
  let dropout: Float
  let activation: Activation.Function

  /// - Parameter epsilon: the default if config.json has none.
  init(_ config: TransformerConfig, epsilon: Float) throws {
    width = try config.size("hidden_size")
    inner = try config.size("intermediate_size")
    self.epsilon = try config.number("layer_norm_eps", default: epsilon)
    dropout = try config.dropout("hidden_dropout_prob")
    activation = try config.activation("hidden_act")
  }

  // attended and x (tokens, width): the attention's output for x, and x itself → (tokens, width)
  func apply(
    _ attended: Graph.ValueID, _ x: Graph.ValueID, _ builder: inout TransformerBuilder, name: String
  ) throws -> Graph.ValueID {
    var y = try builder.linear(name + "attention.output.dense", attended, from: width, to: width)
    y = try builder.dropout(dropout, y, name: name + "attention.output.dropout")
    y = try builder.add(y, x, name: name + "attention.output.sum")
    let x = try builder.layerNorm(name + "attention.output.LayerNorm", y, width: width, epsilon: epsilon)
    y = try builder.linear(name + "intermediate.dense", x, from: width, to: inner)
    y = try builder.activation(activation, y, name: name + "intermediate.activation")
    y = try builder.linear(name + "output.dense", y, from: inner, to: width)
    y = try builder.dropout(dropout, y, name: name + "output.dropout")
    y = try builder.add(y, x, name: name + "output.sum")
    return try builder.layerNorm(name + "output.LayerNorm", y, width: width, epsilon: epsilon)
  }
}
