import Engine
import Platform

/// The settings of a transformer in `config.json` of a Hugging Face directory; each family has its own names
/// for sizes.
public struct TransformerConfig: Sendable {
  /// The whole file, for saving it again.
  public let json: JSONValue
  let path: String

  public init(_ json: JSONValue, path: String) {
    self.json = json
    self.path = path
  }

  public var modelType: String { json["model_type"]?.string ?? "" }
  public var architecture: String { json["architectures"]?.array?.first?.string ?? "" }

  /// A size, under the first of the names that exists.
  ///
  /// - Throws: `invalidModel` at the key if it is not an integer in the range.
  func size(_ names: String..., default fallback: Int? = nil, in range: ClosedRange<Int> = 1...(1 << 24))
    throws -> Int
  {
    for name in names {
      guard let value = json[name], value != .null else { continue }
      guard let number = value.int, range.contains(number) else {
        throw Failure.invalidModel(
          "\(path): \"\(name)\" is \(value.text()); a whole number from \(range.lowerBound) to "
            + "\(range.upperBound) is needed", at: "\(path)#/\(name)")
      }
      return number
    }
    if let fallback { return fallback }
    throw Failure.invalidModel("\(path): \"\(names[0])\" is missing", at: "\(path)#/\(names[0])")
  }

  func number(_ names: String..., default fallback: Float, in range: ClosedRange<Double> = 0...1e6) throws
    -> Float
  {
    for name in names {
      guard let value = json[name], value != .null else { continue }
      guard let number = value.double, range.contains(number) else {
        throw Failure.invalidModel(
          "\(path): \"\(name)\" is \(value.text()); a number from \(range.lowerBound) to \(range.upperBound) "
            + "is needed", at: "\(path)#/\(name)")
      }
      return Float(number)
    }
    return fallback
  }

  func flag(_ name: String, default fallback: Bool) throws -> Bool {
    guard let value = json[name], value != .null else { return fallback }
    guard let flag = value.bool else {
      throw Failure.invalidModel(
        "\(path): \"\(name)\" is \(value.text()); true or false is needed", at: "\(path)#/\(name)")
    }
    return flag
  }

  func dropout(_ names: String..., default fallback: Float = 0.1) throws -> Float {
    for name in names where json[name] != nil {
      return try number(name, default: fallback, in: 0...0.999)
    }
    return fallback
  }

  func activation(_ names: String..., default fallback: String = "gelu") throws -> Activation.Function {
    let name = names.first { json[$0]?.string != nil } ?? names[0]
    let word = json[name]?.string ?? fallback
    guard let function = Self.activations[word] else {
      throw Failure.unsupported(
        "\(path): the activation \"\(word)\" is not supported\(Suggestion.phrase(for: word, among: Self.activations.keys.sorted()))",
        at: "\(path)#/\(name)")
    }
    return function
  }

  private static let activations: [String: Activation.Function] = [
    "gelu": .gelu, "gelu_python": .gelu, "gelu_new": .geluTanh, "gelu_pytorch_tanh": .geluTanh,
    "gelu_fast": .geluTanh, "gelu_accurate": .geluTanh, "relu": .relu, "tanh": .tanh, "silu": .silu,
    "swish": .silu, "sigmoid": .sigmoid, "quick_gelu": .swish, "gelu_10": .clippedGELU, "mish": .mish,
    "relu2": .squaredReLU,
  ]

  /// - Throws: `unsupported` if a setting that changes the computation has another value than the accepted
  ///   ones.
  func require(_ name: String, is accepted: [JSONValue]) throws {
    guard let value = json[name], value != .null, !accepted.contains(value) else { return }
    throw Failure.unsupported(
      "\(path): \"\(name)\" is \(value.text()), which is not supported; "
        + accepted.map { $0.text() }.joined(separator: " or ") + " is", at: "\(path)#/\(name)")
  }

  /// The classes of the checkpoint's head, in the order of its outputs; empty if it names none.
  public var labels: [String] {
    guard let members = json["id2label"]?.members else { return [] }
    var labels = [String](repeating: "", count: members.count)
    for member in members {
      guard let index = Int(member.key), labels.indices.contains(index), let label = member.value.string
      else {
        return []
      }
      labels[index] = label
    }
    return labels
  }

  /// The kind of prediction that a checkpoint with a head was trained for.
  public enum Problem: String, Sendable {
    case regression
    case oneLabel = "single_label_classification"
    case manyLabels = "multi_label_classification"
  }
  /// nil if the file does not state it.
  public var problem: Problem? { json["problem_type"]?.string.flatMap(Problem.init) }
}
