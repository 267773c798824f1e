import Datasets
import Formats
import Platform

/// A kind of model: what it reads, how it is saved, and how it is tuned.
///
/// A kind is a folder of Sources/Models/Kinds and an entry in `ModelKinds`.
package protocol ModelKind: InputReader, ModelWriting, ModelTuning {}

/// The list of all kinds.
enum ModelKinds {
  static let all: [any ModelKind.Type] = [
    PlainReader.self, TableReader.self, TextReader.self, TreeReader.self, NewReader.self, ScoresReader.self,
    PreparedReader.self,
  ]

  /// The kind of a saved model, by the name in its record.
  static func named(_ name: String) -> (any ModelKind.Type)? { all.first { $0.name == name } }

  /// The reader of a network that reads numbers and has no encoder.
  static func reader(of network: Network, include: [String]) -> any ModelKind {
    network.graph.takesMissing && network.graph.soleEnsemble != nil
      ? TreeReader(network, include: include) : PlainReader(network, include: include)
  }
}
