import Engine
import Formats
import Platform

/// The architecture of a new model: `eqp_model_new`.
public struct ArchitectureConfig: Configuration {
  public enum Kind: String, ConfigChoice, Sendable { case mlp, logistic, linear, trees }
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

  public static let summary =
    "The architecture of a new model. The sizes of its inputs and outputs follow from the data."
  public static let fields: [ConfigField<ArchitectureConfig>] = [
    ConfigField(
      "kind", \.kind,
      "The kind of model. logistic and linear are mlp without hidden layers; trees are boosted decision trees, which "
        + "XGBoost's C library grows in eqp_finetune. The other keys are those of mlp."),
    ConfigField("hidden", \.hidden, "The widths of the hidden layers."),
    ConfigField("activation", \.activation, "The activation between the layers."),
    ConfigField(
      "dropout", \.dropout, in: 0...0.99,
      "The rate of dropout after each activation, in training."),
    ConfigField(
      "normalization", \.normalization,
      "The normalization of each hidden layer, before its activation."),
    ConfigField(
      "embedding", \.embedding, in: 1...4096,
      "The width of the embeddings of columns with many categories. Default: 1.6 · categories^0.56, at "
        + "most 64."),
    ConfigField("seed", \.seed, in: 0...Int.max, "The seed of the initial weights."),
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
  /// `network` is a file that contains only a network; the other formats also contain what a model knows of its
  /// inputs.
  public enum Format: Equatable, Sendable {
    case auto, onnx, equipoise, huggingface, peft, safetensors
    case network(NetworkFormat)
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
  public enum Precision: String, ConfigChoice, Sendable {
    case float32 = "f32"
    case bfloat16 = "bf16"
    case int8
  }
  public var precision = Precision.float32
  public var followLinks = false
  public enum Rounds: String, ConfigChoice, Sendable { case auto, best, all }
  public var rounds = Rounds.auto
  public init() {}

  public static let summary = "How a model file is read."
  public static let fields: [ConfigField<LoadOptions>] = [
    ConfigField(
      "format", \.format,
      "The format. Default: by the file's name and its first bytes; a directory is one that eqp_model_save "
        + "or Hugging Face's tools wrote. safetensors are a residual network's weights, peft is an adapter's "
        + "directory, "
        + NetworkFormat.all.map { "\($0.name) is \($0.title)" }.joined(separator: ", ") + "."
    ),
    ConfigField(
      "output", \.output,
      "The meaning of the network's output. Default: probabilities after a sigmoid or softmax, otherwise "
        + "logits for classification and values for regression. log_likelihood: for a language model, the "
        + "logarithm of a text's probability; for a masked language model, the sum over its words of the "
        + "logarithm of each word's probability given the others."),
    ConfigField(
      "pooling", \.pooling,
      "For a text encoder without a head, how the vectors of the tokens are combined to that of the "
        + "text. Default: as in the directory's 1_Pooling/config.json, otherwise mean."),
    ConfigField(
      "maximum_length", \.maximumLength, in: 2...(1 << 20),
      "For a text model, the maximum number of tokens of a text, including special tokens; longer texts "
        + "are cut. Default: the tokenizer's maximum, but not more than the number of positions of the "
        + "model."),
    ConfigField(
      "long_texts", \.longTexts,
      "For a text model, how texts with too many tokens are read. Default: as stored in a tuned model; "
        + "otherwise they are truncated at their end."),
    ConfigField(
      "output_name", \.outputName,
      "The output of an ONNX file that contains the scores. Default: the only one, or the one whose name "
        + "means probabilities."
    ),
    ConfigField(
      "image", \.image,
      "The height and width of the images of a network from safetensors. Default: 224, or 32 if a "
        + "residual network starts with a 3 × 3 convolution; for a VGG network the size that its first "
        + "linear layer accepts."),
    ConfigField(
      "base", \.base,
      "For an adapter's directory, the directory of the checkpoint that it adapts. Default: as the adapter "
        + "specifies."
    ),
    ConfigField(
      "precision", \.precision,
      "The precision of the factors of linear layers' products in prediction; sums of products and everything "
        + "else are f32. f32: weights are multiplied as they are stored. bf16: both factors are rounded to "
        + "bfloat16; the weights in files do not change. int8: the weights of layers with more than 4 outputs "
        + "are stored as int8 with a scale for each output, and each row or token is rounded to 8 bits when it "
        + "is multiplied; a saved model keeps these weights."),
    ConfigField(
      "follow_links", \.followLinks,
      "Whether external weights of an ONNX file may be outside the model's folder through a symbolic link."
    ),
    ConfigField(
      "rounds", \.rounds,
      "For an XGBoost model that was stopped early, its rounds of boosting up to the best one, or all of "
        + "them. Default: as the tool that wrote the file predicts: best for scikit-learn's wrapper "
        + "(XGBClassifier and similar classes), all for a Booster; \"notes\" of eqp_model_describe says "
        + "which."),
  ]
}

extension LoadOptions.Format: ConfigChoice {
  public static let allCases: [LoadOptions.Format] =
    [.auto, .onnx, .equipoise, .huggingface, .peft, .safetensors] + NetworkFormat.all.map { .network($0) }

  public var rawValue: String {
    switch self {
    case .auto: "auto"
    case .onnx: "onnx"
    case .equipoise: "equipoise"
    case .huggingface: "huggingface"
    case .peft: "peft"
    case .safetensors: "safetensors"
    case .network(let format): format.name
    }
  }

  public init?(rawValue: String) {
    guard let format = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = format
  }
}

extension Engine.Precision: ConfigChoice {}

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
      "The format. Default: onnx for a path that ends in .onnx, safetensors for .safetensors (only the "
        + "weights, by their names), "
        + NetworkFormat.all.map { "\($0.name) for \($0.endings.joined(separator: " and "))" }
        .joined(separator: ", ")
        + " (with the same ending, the format from which the model was read); otherwise a directory: huggingface for text models (with low-rank adapters merged into "
        + "the weights), the library's format for others. peft: only a text model's adapter, which is also "
        + "the default for prefixes and bottlenecks."),
    ConfigField(
      "inputs", \.inputs,
      "The inputs of an ONNX file. columns: one input for each column of the table, with the encoders "
        + "inside; encoded: the network's own inputs. Default: columns for a model with encoders, unless its "
        + "network came from an ONNX file and reads the columns' numbers unchanged."),
    ConfigField(
      "base", \.base,
      "For peft, the base that the adapter names. Default: the directory of the checkpoint that was tuned."),
    ConfigField(
      "overwrite", \.overwrite,
      "For a format that is a directory, whether to write into a directory that contains files other "
        + "than those of an earlier save. Otherwise such a directory is an error."),
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
  public var layer: String?
  public init() {}

  public enum Words: String, ConfigChoice, Sendable { case blanks, tokenizer }

  public static let summary = "The content of a prediction."
  public static let fields: [ConfigField<PredictOptions>] = [
    ConfigField(
      "threshold", \.threshold, in: 0...1,
      "A binary label is positive if its probability is at least this threshold. Default: the model's."),
    ConfigField(
      "output", \.output, "score: probabilities, or values in regression; logit: the network's own output."),
    ConfigField("keep", \.keep, "Columns of the input table that are copied to the result."),
    ConfigField(
      "include", \.include,
      "The input columns, in order, for a network that does not name them. Tuned models have theirs stored."),
    ConfigField("text", \.text, "The column of text, for text models. Tuned models have theirs stored."),
    ConfigField(
      "text_pair", \.textPair,
      "The column of each text's second part. For likelihoods of masked tokens it is another text: only "
        + "tokens that both texts share count."),
    ConfigField(
      "long_texts", \.longTexts,
      "How texts with too many tokens are read. Default: as the model was loaded or tuned."),
    ConfigField(
      "words", \.words,
      "For models that tag words, what a word is. blanks: words are separated by blanks, as in the rows "
        + "that the model was tuned on; tokenizer: words are those of the tokenizer, so that a comma is "
        + "usually a separate word."),
    ConfigField(
      "unseen", \.unseen,
      "How rows are treated with a category that did not occur in training. count: they are predicted as "
        + "the encoder defines, with a warning in the log; refuse: they are an error."),
    ConfigField(
      "layer", \.layer,
      "The name of a hidden layer (one of \"layers\" of eqp_model_describe), whose values are added to the result "
        + "as the tensor column layer. Of a layer with a vector for each token of a text, the mean over the tokens."
    ),
  ]

  /// The text columns, if the options name them.
  package var data: DataConfig? {
    guard text != nil else { return nil }
    var data = DataConfig()
    (data.text, data.textPair) = (text, textPair)
    return data
  }
}
