import Engine
import Formats
import Platform

extension Model {
  /// A parameter of the network by its name.
  ///
  /// - Parameter location: the name of the argument that has the parameter's name.
  /// - Throws: `invalidArgument` at `location` for an unknown name; the message suggests the closest one.
  public func parameter(_ name: String, at location: String = "name") throws -> Tensor {
    let parameters = try requireNetwork().network.graph.parameters
    guard let found = parameters.first(where: { $0.name == name }) else {
      throw Self.unknownParameter(name, parameters, at: location)
    }
    return found
  }

  /// A model with other values for some parameters; it shares the other parameters with this one.
  ///
  /// - Parameter values: for each name, the values in row-major order, as many as the parameter has.
  /// - Throws: `invalidArgument` for a name that is unknown, repeated or not tunable, or a wrong number of
  ///   values; `invalidData` for values that are not finite; `unsupported` for a network that is interpreted
  ///   and has no weights with a gradient.
  public func replacing(parameters values: [(name: String, values: Buffer<Float>)]) throws -> Model {
    var (network, _) = try requireNetwork()
    guard network.untunableBecause == nil else {
      throw Failure.unsupported("the network is interpreted and has no parameters that can be changed")
    }
    var parameters = network.graph.parameters
    var changed = Set<String>()
    for (name, values) in values {
      guard let place = parameters.firstIndex(where: { $0.name == name }) else {
        throw Self.unknownParameter(name, parameters, at: "names")
      }
      guard changed.insert(name).inserted else {
        throw Failure.invalidArgument("\"\(name)\" is named twice", at: "names")
      }
      guard !network.fixedParameters.contains(name) else {
        throw Failure.invalidArgument(
          "\"\(name)\" is not tunable: it is a number of a formula, or of how inputs are read", at: "names")
      }
      guard values.count == parameters[place].count else {
        throw Failure.invalidArgument(
          "\"\(name)\" has \(parameters[place].count) values; \(values.count) are given", at: "lengths"
        )
      }
      if let index = values.elements.firstIndex(where: { !$0.isFinite }) {
        throw Failure(
          .invalidData, "\"\(name)\": value \(index) is \(values.elements[index]); finite ones are accepted",
          at: name)
      }
      parameters[place] = try Tensor(name: name, shape: parameters[place].shape, values: values)
    }
    network.graph = try network.graph.replacing(parameters: parameters)
    var record = record
    record.provenance = ["base": provenance, "changed_parameters": .strings(changed.sorted())]
    return try Model(network, reader: reader, record)
  }

  private static func unknownParameter(_ name: String, _ parameters: [Tensor], at location: String) -> Failure
  {
    .invalidArgument(
      "there is no parameter \"\(name)\"" + Suggestion.phrase(for: name, among: parameters.map(\.name)),
      at: location)
  }
}
