import Platform

/// A file format that holds one network and nothing about the meaning of its columns. The value is all that
/// the library knows of the format: loading, saving, configurations and messages read `all`.
///
///     extension NetworkFormat {
///       static let lightgbm = NetworkFormat(
///         name: "lightgbm", title: "LightGBM's text", endings: [".txt", ".model"],
///         recognizes: { … }, read: { files, name, _ in try LightGBMReader.load(files, name) },
///         suits: { … }, write: LightGBMWriter.write)
///     }
public struct NetworkFormat: Equatable, Sendable {
  /// In configurations, and as the kind of a model that was read from such a file.
  public let name: String
  /// In messages and in the reference of configurations.
  public let title: String
  /// The endings of file names, in lower case, for which a model is saved in the format.
  public let endings: [String]
  /// Whether a file of any format, given its bytes, is of this one.
  public let recognizes: @Sendable (UnsafeRawBufferPointer) -> Bool
  /// Reads the network of a file of a set, by the file's name.
  ///
  /// Throws: `io`; `invalidModel` with file and place; `unsupported` with the missing feature.
  public let read: @Sendable (FileSet, String, ReadingChoices) throws -> Network
  /// Whether a network that was read from another format is saved in this one for its endings.
  public let suits: @Sendable (Network) -> Bool
  /// Writes a network to a sink, under a name.
  ///
  /// Throws: `io`; `unsupported` for a network that the format cannot hold.
  public let write: @Sendable (Network, String, any FileSink) throws -> Void

  /// All formats, in the order in which files are recognized.
  public static let all: [NetworkFormat] = [xgboost, lightgbm, libsvm]

  /// The format for a path's ending, in lower case: the network's own format, otherwise the first one that
  /// suits it; nil if there is none.
  ///
  /// - Parameters:
  ///   - kind: the name of the format from which the network was read.
  ///   - network: nil for a model of several networks.
  public static func forPath(_ path: String, kind: String, _ network: Network?) -> NetworkFormat? {
    let fitting = all.filter { $0.endings.contains(where: path.hasSuffix) }
    return fitting.first { $0.name == kind } ?? fitting.first { network.map($0.suits) ?? false }
  }

  public static func == (a: NetworkFormat, b: NetworkFormat) -> Bool { a.name == b.name }

  init(
    name: String, title: String, endings: [String],
    recognizes: @escaping @Sendable (UnsafeRawBufferPointer) -> Bool,
    read: @escaping @Sendable (FileSet, String, ReadingChoices) throws -> Network,
    suits: @escaping @Sendable (Network) -> Bool,
    write: @escaping @Sendable (Network, String, any FileSink) throws -> Void
  ) {
    (self.name, self.title, self.endings) = (name, title, endings)
    (self.recognizes, self.read, self.suits, self.write) = (recognizes, read, suits, write)
  }
}

/// What a caller may choose when a file of a network format is read.
public struct ReadingChoices: Sendable {
  public let rounds: XGBoostReader.Rounds

  public init(rounds: XGBoostReader.Rounds = .automatic) { self.rounds = rounds }
}
