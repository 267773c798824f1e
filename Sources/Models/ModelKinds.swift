import Datasets
import Formats
import Platform

/// A kind of model: what it reads, how it is written, and what of it can be tuned.
///
/// A kind is a folder of Sources/Models/Kinds, and a line in `ModelKinds`.
package protocol ModelKind: InputReader, ModelWriting, ModelTuning {}

/// The kinds that there are.
enum ModelKinds {
  static let all: [any ModelKind.Type] = [
    PlainReader.self, TableReader.self, TextReader.self, TreeReader.self, NewReader.self,
  ]

  /// The kind of a model that was written, by the name in its record.
  static func named(_ name: String) -> (any ModelKind.Type)? { all.first { $0.name == name } }

  /// The kind of a network that reads numbers and brought no encoder.
  static func reader(of network: Network, include: [String]) -> any ModelKind {
    network.graph.takesMissing
      ? TreeReader(network, include: include) : PlainReader(network, include: include)
  }
}
