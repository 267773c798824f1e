import Engine
import Platform

/// How one family of checkpoints names its tensors and joins its layers. A new family is a file with
/// one of these and a line in `all`.
struct TransformerFamily: Sendable {
  /// Before the encoder's names in a checkpoint with a head.
  let prefix: String
  /// What transformers calls the classifier.
  let classifier: String
  /// The tensor by which a checkpoint shows that it has a classifier.
  let headWeight: String
  /// The place of a text's first token among the position embeddings.
  let firstPosition: @Sendable (TransformerConfig) -> Int
  /// Adds the inputs and the encoder; gives the last hidden states, (tokens, width).
  let encoder: @Sendable (inout TransformerBuilder) throws -> Graph.ValueID
  /// Adds the classifier on hidden states; (outputs, fresh) → one line a row.
  let head: @Sendable (inout TransformerBuilder, Graph.ValueID, Int, Bool) throws -> Graph.ValueID

  /// By `model_type`.
  static let all: [String: TransformerFamily] = [
    "bert": .bert, "roberta": .roberta, "xlm-roberta": .roberta, "camembert": .roberta,
    "electra": .electra, "distilbert": .distilBERT, "albert": .albert, "gpt2": .gpt2,
    "deberta-v2": .deberta,
  ]

  /// - Throws: `unsupported` for a type that is not known.
  static func of(_ config: TransformerConfig) throws -> TransformerFamily {
    if let family = all[config.modelType] { return family }
    throw Failure.unsupported(
      "\(config.path): the model type \"\(config.modelType)\" is not supported; "
        + "\(all.keys.sorted().joined(separator: ", ")) are", at: "\(config.path)#/model_type")
  }
}
