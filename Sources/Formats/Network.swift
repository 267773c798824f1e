import Engine
import Platform

/// A network read from a file: the graph up to its logits or values, their conversion to outputs, and the
/// file's names of inputs, outputs and classes.
public struct Network: Sendable {
  /// The conversion of the graph's output by the file's last operators.
  public enum Link: String, Sendable, CaseIterable {
    /// No conversion, although the file says that it is a classifier.
    case logits
    /// 1 / (1 + e^−x) of each output.
    case sigmoid
    /// e^xᵢ / Σ e^x over a row's outputs.
    case softmax
    /// No conversion: the values of a regression, or of a classifier that is not marked as one.
    case identity
  }

  public struct Input: Sendable, Equatable {
    public enum Element: Int, Sendable, CaseIterable {
      // The values are those of TensorProto.DataType.
      case float32 = 1
      case int32 = 6
      case int64 = 7
      /// The file takes texts, and the graph their codes; see `CategoryNames`.
      case string = 8
      case bool = 9
      case float64 = 11
    }
    public let name: String
    public let element: Element

    public init(name: String, element: Element = .float32) {
      self.name = name
      self.element = element
    }
  }

  /// The names and forms of a file's outputs.
  public struct Output: Sendable, Equatable {
    /// The output with the probabilities or values.
    public var name: String
    /// The output with each row's most probable class, if there is one.
    public var label: String?
    /// Whether the label comes after the scores among the file's outputs.
    public var labelFollows = false
    /// Whether one logit is output as two columns, 1 − p and p.
    public var complementsOneLogit: Bool
    /// Whether one logit is output as two columns, −x and x.
    public var mirrorsOneLogit = false
    /// Whether a row's scores are a map from class to score (ZipMap), not columns.
    public var isMap = false
    /// Whether the file outputs log probabilities.
    public var isLogarithm: Bool

    public init(
      name: String, label: String? = nil, complementsOneLogit: Bool = false, isLogarithm: Bool = false
    ) {
      self.name = name
      self.label = label
      self.complementsOneLogit = complementsOneLogit
      self.isLogarithm = isLogarithm
    }
  }

  /// Computes the logits, or the values of a regression.
  public var graph: Graph
  public var link: Link
  /// In the order of `graph.inputs`.
  public var inputs: [Input]
  public var output: Output
  /// The classes in the order of the probabilities' columns.
  public var classLabels: [String]?
  /// Whether the class labels are integers in the file.
  public var labelsAreIntegers: Bool
  /// The names of parameters that are not weights (a scaler's offsets, numbers in formulas) and that tuning
  /// does not change.
  public var fixedParameters: Set<String>
  /// Further entries of the file, in their order, which are written again when the network is saved.
  public var metadata: [(key: String, value: String)]
  /// The name of the program that wrote the file; "" if unknown.
  public var producer: String
  /// The version of the operator set in the file; 0 without a file.
  public var opset: Int
  /// The names of the columns of a single input, if the file has them; otherwise empty.
  public var columns: [String] = []
  /// The bytes of the file of a network that is only interpreted and is therefore saved unchanged.
  public var original: Buffer<UInt8>?
  /// Whether the interpreted network accepts missing numbers.
  public var interpretationTakesMissing = false
  /// Notes for the user on how the file was read.
  public var notes: [String] = []
  /// Whether the file says that the outputs are the values of a regression, not scores of classes.
  public var isRegression = false

  public init(
    graph: Graph, link: Link, inputs: [Input]? = nil, output: Output? = nil, classLabels: [String]? = nil,
    labelsAreIntegers: Bool = false, fixedParameters: Set<String> = [],
    metadata: [(key: String, value: String)] = [], producer: String = "", opset: Int = 0
  ) {
    self.graph = graph
    self.link = link
    self.inputs = inputs ?? graph.inputs.map { Input(name: graph[$0].name) }
    self.output = output ?? Output(name: link == .sigmoid || link == .softmax ? "probabilities" : "output")
    self.classLabels = classLabels
    self.labelsAreIntegers = labelsAreIntegers
    self.fixedParameters = fixedParameters
    self.metadata = metadata
    self.producer = producer
    self.opset = opset
  }

  public var inputNames: [String] { inputs.map(\.name) }
  /// The number of floats per row of each input.
  public var inputWidths: [Int] { graph.inputs.map { graph[$0].shape.count } }
  /// For each of the graph's parameters, whether tuning may change it.
  public var trainable: [Bool] { graph.parameters.map { !fixedParameters.contains($0.name) } }
}
