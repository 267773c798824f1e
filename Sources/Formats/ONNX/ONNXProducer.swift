/// A program that writes ONNX files, by what its files mean beyond the format. A file does not say which initializers were
/// parameters of the model and which are numbers in a formula; each program has its own habits.
struct ONNXProducer {
  /// The beginning of the file's `producer_name`.
  let name: String
  /// Whether a list of one number that takes part in arithmetic is a weight. PyTorch exports each parameter with its shape
  /// and numbers of formulas as scalars; scikit-learn's converter writes its numbers of formulas as such lists.
  var listsOfOneAreWeights = false
  /// Whether the file computes with weights before it meets the rows, so that tuning must change what they were before.
  /// Other programs store the result.
  var computesWithWeights = false
  /// Whether the first product with weights begins the model, and all before it prepares columns. In files of networks'
  /// tools what comes before is trained, too.
  var preparesColumns = false
  /// Whether the rows may be another axis than the first between some operators.
  var stacksRows = false
  /// Whether a matrix that is computed from weights before it meets the rows is itself a weight of a layer.
  var computesLayers = false

  static let all = [
    ONNXProducer(name: "pytorch", listsOfOneAreWeights: true, computesWithWeights: true),
    // This library's files keep what they were read as.
    ONNXProducer(name: ONNXWriter.producer, listsOfOneAreWeights: true, preparesColumns: true),
    ONNXProducer(name: "skl2onnx", preparesColumns: true, stacksRows: true, computesLayers: true),
  ]

  /// The program that wrote a file; one without habits if it is not listed.
  static func of(_ file: ONNXFile) -> ONNXProducer {
    all.first { file.producer.hasPrefix($0.name) } ?? ONNXProducer(name: "")
  }
}
