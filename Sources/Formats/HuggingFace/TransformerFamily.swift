import Engine
import Platform

/// The tensor names and the structure of one family of checkpoints. A new family is a file with such a value
/// and an entry in `all`.
struct TransformerFamily: Sendable {
  /// The prefix of the encoder's names in a checkpoint with a head.
  let prefix: String
  /// The name of the classifier in transformers.
  let classifier: String
  /// The tensor that shows that a checkpoint has a classifier.
  let headWeight: String
  /// The index of the first token's position embedding.
  let firstPosition: @Sendable (TransformerConfig) -> Int
  /// Adds the inputs and the encoder; returns the last hidden states, (tokens, width).
  let encoder: @Sendable (inout TransformerBuilder) throws -> Graph.ValueID
  /// Adds the classifier on hidden states; arguments: (outputs, fresh); the result has one row per text.
  let head: @Sendable (inout TransformerBuilder, Graph.ValueID, Int, Bool) throws -> Graph.ValueID

  /// By `model_type`.
  static let all: [String: TransformerFamily] = [
    "bert": .bert, "roberta": .roberta, "xlm-roberta": .roberta, "camembert": .roberta,
    "electra": .electra, "distilbert": .distilBERT, "albert": .albert, "gpt2": .gpt2,
    "deberta-v2": .deberta,
  ]

  /// - Throws: `unsupported` for an unknown type.
  static func of(_ config: TransformerConfig) throws -> TransformerFamily {
    if let family = all[config.modelType] { return family }
    throw Failure.unsupported(
      "\(config.path): the model type \"\(config.modelType)\" is not supported; "
        + "\(all.keys.sorted().joined(separator: ", ")) are", at: "\(config.path)#/model_type")
  }
}
