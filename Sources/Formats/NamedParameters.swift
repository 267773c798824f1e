import Engine
import Platform

extension GraphBuilder {
  /// One of a file's tensors as a parameter.
  ///
  /// - Throws: `invalidModel` when the file has none of that name.
  mutating func parameter(named name: String, of tensors: [String: Tensor]) throws -> Graph.ValueID {
    guard let tensor = tensors[name] else {
      throw Failure.invalidModel("the tensor \"\(name)\" is missing", at: name)
    }
    return parameter(tensor)
  }
}
