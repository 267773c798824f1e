import Engine
import Platform

/// The architecture of a new model: `eqp_model_new`.
public struct ArchitectureConfig: Configuration {
  public enum Kind: String, ConfigChoice, Sendable { case mlp, logistic, linear }
  public enum ActivationName: String, ConfigChoice, Sendable {
    case relu, elu, gelu, tanh, sigmoid, softplus, silu
    case leakyReLU = "leaky_relu"
  }
  public enum Normalization: String, ConfigChoice, Sendable { case none, layer, batch }

  public var kind = Kind.mlp
  public var hidden = [64, 32]
  public var activation = ActivationName.relu
  public var dropout = 0.0
  public var normalization = Normalization.none
  public var embedding: Int?
  public var seed = 0

  public init() {}

  public static let summary = "The architecture of a new model; the sizes of its ends follow from the data."
  public static let fields: [ConfigField<ArchitectureConfig>] = [
    ConfigField("kind", \.kind, "mlp; logistic and linear are mlp without hidden layers."),
    ConfigField("hidden", \.hidden, "The widths of the hidden layers."),
    ConfigField("activation", \.activation, "Between the layers."),
    ConfigField("dropout", \.dropout, in: 0...0.99, "After each activation, in training."),
    ConfigField("normalization", \.normalization, "Of each hidden layer, before its activation."),
    ConfigField(
      "embedding", \.embedding, in: 1...4096,
      "The width of embeddings of wide categories. Default: 1.6 · categories^0.56, at most 64."),
    ConfigField("seed", \.seed, in: 0...Int.max, "Of the first weights."),
  ]

  public func validate(at pointer: String) throws {
    for (index, width) in hidden.enumerated() where !(1...65_536).contains(width) {
      throw Failure.invalidConfig(
        "\(width) is out of range; 1 to 65536 is accepted", at: "\(pointer)/hidden/\(index)")
    }
    guard hidden.count <= 256 else {
      throw Failure.invalidConfig(
        "\(hidden.count) layers are given; up to 256 are accepted", at: pointer + "/hidden")
    }
  }
}

/// The options of `eqp_model_load`.
public struct LoadOptions: Configuration {
  public enum Format: String, ConfigChoice, Sendable {
    case auto, onnx, equipoise, huggingface, peft, safetensors, xgboost, lightgbm, libsvm
  }
  public enum Output: String, ConfigChoice, Sendable {
    case auto, logits, probabilities, values
    case logLikelihood = "log_likelihood"
  }
  public var format = Format.auto
  public enum Pooling: String, ConfigChoice, Sendable { case mean, first, last, maximum }
  public var output = Output.auto
  public var pooling: Pooling?
  public var maximumLength: Int?
  public var longTexts: LongTextsConfig?
  public var outputName: String?
  public var image: [Int] = []
  public var base: String?
  public var precision = Precision.float32
  public var followLinks = false
  public enum Rounds: String, ConfigChoice, Sendable { case auto, best, all }
  public var rounds = Rounds.auto
  public init() {}

  public static let summary = "How a model file is read."
  public static let fields: [ConfigField<LoadOptions>] = [
    ConfigField(
      "format", \.format,
      "Default: by the file's name and its first bytes; a directory is what eqp_model_save or Hugging Face's tools wrote. "
        + "xgboost is JSON or UBJSON, lightgbm and libsvm are text, safetensors a residual network's weights, peft an "
        + "adapter's directory."
    ),
    ConfigField(
      "output", \.output,
      "What the network's output means. Default: probabilities after a sigmoid or softmax, else logits for "
        + "classification and values for regression. log_likelihood: of a language model, the logarithm of a text's "
        + "probability; of one of masked words, of each word among the others, summed."),
    ConfigField(
      "pooling", \.pooling,
      "Of a text encoder without a head: how the tokens' vectors become the text's. Default: as the directory's "
        + "1_Pooling/config.json says, else mean."),
    ConfigField(
      "maximum_length", \.maximumLength, in: 2...(1 << 20),
      "Of a text model: the most tokens of a text, special ones included; longer texts are cut. Default: the "
        + "tokenizer's own, and at most as many as the model has positions for."),
    ConfigField(
      "long_texts", \.longTexts,
      "Of a text model: how texts are read that have more tokens than fit. Default: as a tuned model remembers; else "
        + "they are cut at their end."),
    ConfigField(
      "output_name", \.outputName,
      "Which output of an ONNX file holds the scores. Default: the only one, or the one named for probabilities."
    ),
    ConfigField(
      "image", \.image,
      "Height and width of the images of a network from safetensors. Default: 224, or 32 where a residual network starts "
        + "with a 3 × 3 convolution; of a VGG network what its first linear layer takes."),
    ConfigField(
      "base", \.base,
      "Of an adapter's directory: the directory of the checkpoint that it stands beside. Default: what the adapter says."
    ),
    ConfigField(
      "precision", \.precision,
      "In what the factors of linear layers' products are held when the model predicts, sums and all else being "
        + "f32. Files keep their weights as they are."),
    ConfigField(
      "follow_links", \.followLinks,
      "Whether weights of an ONNX file that lie in another file may lie outside the model's folder by a symbolic link."
    ),
    ConfigField(
      "rounds", \.rounds,
      "Of an XGBoost model that was stopped early: its rounds of boosting up to the best one, or all. Default: as the "
        + "tool that wrote the file predicts, best for scikit-learn's wrapper (XGBClassifier and its like) and all for a "
        + "Booster; \"notes\" of eqp_model_describe says which."),
  ]
}

extension Precision: ConfigChoice {}

extension LoadOptions {
  public func validate(at pointer: String) throws {
    guard image.isEmpty || image.count == 2 && image.allSatisfy((1...16_384).contains) else {
      throw Failure.invalidConfig("height and width are accepted, 1 to 16384 each", at: pointer + "/image")
    }
  }
}

/// The options of `eqp_model_save`.
public struct SaveOptions: Configuration {
  public enum Inputs: String, ConfigChoice, Sendable { case auto, columns, encoded }

  public var format = LoadOptions.Format.auto
  public var inputs = Inputs.auto
  public var base: String?
  public var overwrite = false
  public init() {}

  public static let summary = "How a model is written."
  public static let fields: [ConfigField<SaveOptions>] = [
    ConfigField(
      "format", \.format,
      "Default: onnx for a path that ends in .onnx, xgboost for .json and .ubj, safetensors for .safetensors (the weights "
        + "by their names, and nothing else), for .txt and .model the model's own text format; else a directory: "
        + "huggingface for text models (low-rank adapters merged into the weights), the library's own for others. peft: "
        + "a text model's adapter alone, which is also the default for prefixes and bottlenecks."),
    ConfigField(
      "inputs", \.inputs,
      "Of an ONNX file: columns, an input for each column of the table and the encoders inside, or encoded, the "
        + "network's own inputs. Default: columns for a model with encoders, unless its network came from an ONNX file "
        + "and takes the columns' numbers as they are."),
    ConfigField(
      "base", \.base,
      "Of peft: what the adapter names as its base. Default: the directory of the checkpoint that was tuned."),
    ConfigField(
      "overwrite", \.overwrite,
      "Of a format that is a directory: whether to write into one that has other files than an earlier save's; such a "
        + "directory is else refused."),
  ]
}

/// The options of `eqp_predict`.
public struct PredictOptions: Configuration {
  public enum Output: String, ConfigChoice, Sendable { case score, logit }
  public var threshold: Double?
  public var output = Output.score
  public var keep: [String] = []
  public var include: [String] = []
  public var text: String?
  public var textPair: String?
  public var longTexts: LongTextsConfig?
  public var words = Words.blanks
  public var unseen = UnseenChoice.count
  public init() {}

  public enum Words: String, ConfigChoice, Sendable { case blanks, tokenizer }

  public static let summary = "What a prediction gives."
  public static let fields: [ConfigField<PredictOptions>] = [
    ConfigField(
      "threshold", \.threshold, in: 0...1,
      "The probability from which a binary label is positive. Default: the model's."),
    ConfigField(
      "output", \.output, "score: probabilities, or values in regression; logit: the network's own output."),
    ConfigField("keep", \.keep, "Columns of the inputs to repeat in the result."),
    ConfigField(
      "include", \.include,
      "The input columns, in order, of a network that does not name them. Tuned models remember theirs."),
    ConfigField("text", \.text, "The column of text, for text models. Tuned models remember theirs."),
    ConfigField(
      "text_pair", \.textPair,
      "The column of each text's second part; of likelihoods of masked tokens, of another text: only tokens that it "
        + "shares count."),
    ConfigField(
      "long_texts", \.longTexts,
      "How texts are read that have more tokens than fit. Default: as the model was loaded or tuned."),
    ConfigField(
      "words", \.words,
      "Of models that tag words, what a word is. blanks: what blanks part, as in the rows that it was tuned on; tokenizer: "
        + "what the tokenizer takes for words, so that a comma is mostly one of its own."),
    ConfigField(
      "unseen", \.unseen,
      "Whether rows with a category that training has not seen are an error, or predicted as the encoder says, with a "
        + "warning in the log."),
  ]

  /// The text columns, if the options name them.
  package var data: DataConfig? {
    guard text != nil else { return nil }
    var data = DataConfig()
    (data.text, data.textPair) = (text, textPair)
    return data
  }
}
