import Engine
import Platform

extension GraphBuilder {
  /// Adds a file's tensor as a parameter.
  ///
  /// - Throws: `invalidModel` if the file has no tensor with this name.
  mutating func parameter(named name: String, of tensors: [String: Tensor]) throws -> Graph.ValueID {
    guard let tensor = tensors[name] else {
      throw Failure.invalidModel("the tensor \"\(name)\" is missing", at: name)
    }
    return parameter(tensor)
  }
}
