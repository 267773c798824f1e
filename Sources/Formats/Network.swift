import Engine

/// A network as a file gave it: the graph up to its logits or values, what the file made of them, and
/// the names by which the file's users know its inputs, outputs and classes.
public struct Network: Sendable {
  /// What the file's last operators make of the graph's output.
  public enum Link: String, Sendable, CaseIterable {
    /// Nothing, although the file says that it is a classifier.
    case logits
    /// 1 / (1 + e^−x) of each output.
    case sigmoid
    /// e^xᵢ / Σ e^x over a row's outputs.
    case softmax
    /// Nothing: a regression's values, or a classifier that does not say so.
    case identity
  }

  public struct Input: Sendable, Equatable {
    public enum Element: Int, Sendable, CaseIterable {
      // The values are those of the format's TensorProto.DataType.
      case float32 = 1
      case int32 = 6
      case int64 = 7
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

  /// The outputs under which a file gives what the network predicts.
  public struct Output: Sendable, Equatable {
    /// The output that holds probabilities or values.
    public var name: String
    /// The output that holds a row's most probable class, if there is one.
    public var label: String?
    /// Whether that stands behind the scores among the file's outputs.
    public var labelFollows = false
    /// Whether one logit is given as two columns, 1 − p and p.
    public var complementsOneLogit: Bool
    /// Whether the file gives the logarithms of the probabilities.
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

  /// Its output is the logits, or a regression's values.
  public var graph: Graph
  public var link: Link
  /// In the order of `graph.inputs`.
  public var inputs: [Input]
  public var output: Output
  /// The classes in the order of the probabilities' columns.
  public var classLabels: [String]?
  /// Whether the class labels are integers in the file.
  public var labelsAreIntegers: Bool
  /// Names of the graph's parameters that are no weights (a scaler's offsets, the numbers of a formula)
  /// and that tuning leaves alone.
  public var fixedParameters: Set<String>
  public var metadata: [(key: String, value: String)]
  public var producer: String
  /// The version of the operators that the file asked for; 0 when there was no file.
  public var opset: Int
  /// The names of the numbers of a sole input, where the file has them; else empty.
  public var columns: [String] = []
  /// What a user should know of how the file was read.
  public var notes: [String] = []
  /// Whether the file says that the outputs are values to be met, not scores of classes.
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
  /// Floats a row of each input.
  public var inputWidths: [Int] { graph.inputs.map { graph[$0].shape.count } }
  /// For each of the graph's parameters, whether tuning may change it.
  public var trainable: [Bool] { graph.parameters.map { !fixedParameters.contains($0.name) } }
}
