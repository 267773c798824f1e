import Engine

/// Token classification, equal for all families: dropout, and one linear layer on each token's last hidden
/// state (Devlin et al. 2019, section 5.3).
extension TransformerFamily {
  static let tagWeight = "classifier.weight"

  /// The name of the token classifier in transformers.
  var tagger: String {
    String(classifier.dropLast("SequenceClassification".utf8.count)) + "TokenClassification"
  }

  /// The name of the model without a head in transformers.
  var bare: String { String(classifier.dropLast("ForSequenceClassification".utf8.count)) + "Model" }

  // hidden (tokens, width) → (tokens, outputs)
  static func tagHead(
    _ builder: inout TransformerBuilder, _ hidden: Graph.ValueID, _ outputs: Int, fresh: Bool
  ) throws -> Graph.ValueID {
    let width = builder.graph.shape(of: hidden).last
    let x = try builder.dropout(tagDropout(builder.config), hidden, name: "classifier.dropout")
    return try builder.headLinear("classifier", x, from: width, to: outputs, fresh: fresh)
  }

  private static func tagDropout(_ config: TransformerConfig) throws -> Float {
    let names = [
      "classifier_dropout", "classifier_dropout_prob", "hidden_dropout_prob", "hidden_dropout", "dropout",
    ]
    let named = names.first { name in config.json[name].map { $0 != .null } ?? false }
    return try config.dropout(named ?? names[0])
  }
}
