import Engine
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// An adapter in PEFT's format: `adapter_config.json`, and `adapter_model.safetensors` with the trained
/// weights. The frozen weights are in a checkpoint elsewhere.
public struct AdapterDirectory: Sendable {
  /// The kinds of adapters. PEFT has no bottleneck adapters; this library stores them in its own directory of
  /// the same form.
  public enum Kind: String, CaseIterable, Sendable {
    case lowRank = "LORA"
    case prefix = "PREFIX_TUNING"
    case bottleneck = "BOTTLENECK"
    case scales = "IA3"
    case hadamard = "LOHA"
    case kronecker = "LOKR"
    case vectors = "VERA"
  }

  static let configName = "adapter_config.json"
  static let weightsName = "adapter_model.safetensors"
  static let promptName = "prompt_embeddings"

  public let files: FileSet
  public var path: String { files.location }
  public let kind: Kind
  let config: JSONValue
  let file: Safetensors
  var configPath: String { files.path(of: Self.configName) }

  public static func isOne(_ files: FileSet) -> Bool { files.contains(configName) }

  /// Removes an adapter from a directory in which a whole model was saved.
  public static func remove(from sink: any FileSink) {
    for name in [configName, weightsName] { sink.remove(name) }
  }

  /// - Throws: `io`, `invalidModel`; `unsupported` with the kind of adapter or the setting.
  public init(path: String) throws { try self.init(files: .directory(path)) }

  /// The same for files that may be in memory.
  public init(files: FileSet) throws {
    self.files = files
    let (path, place) = (files.location, files.path(of: Self.configName))
    do {
      config = try files.json(Self.configName)
    } catch let failure as Failure where failure.kind == .invalidModel {
      throw Failure(failure.kind, "\(place): \(failure.message)", at: place)
    }
    let type = self.config["peft_type"]?.string ?? ""
    guard let kind = Kind(rawValue: type) else {
      throw Failure.unsupported(
        "\(place): adapters of the type \"\(type)\" are not read; "
          + Kind.allCases.map(\.rawValue).joined(separator: ", ") + " are", at: "\(place)#/peft_type")
    }
    self.kind = kind
    guard files.contains(Self.weightsName) || !files.contains("adapter_model.bin") else {
      throw Failure.unsupported(
        "\(path) has its weights as adapter_model.bin, a pickle file, which may run code; "
          + "save_pretrained(..., safe_serialization=True) writes \(Self.weightsName), which is read",
        at: path)
    }
    file = try Safetensors(files, Self.weightsName)
    try checkSettings()
  }

  /// The base checkpoint that the adapter names: a directory, or a name in a repository.
  public var base: String? { config["base_model_name_or_path"]?.string }

  /// A tensor's name in the network, without the parts that PEFT's modules add.
  static func plainName(_ key: String) -> String {
    var name = key
    for start in ["base_model.model.", "base_model."] where key.hasPrefix(start) {
      name = String(key.dropFirst(start.utf8.count))
      break
    }
    return name.split(separator: ".").filter { $0 != "base_layer" }.joined(separator: ".")
  }

  /// The tensors that replace or extend those of the checkpoint: heads, biases.
  public func replacements() throws -> [Tensor] {
    try file.entries.compactMap { entry in
      // If biases are trained too, a head is stored a second time under the names of PEFT's copies.
      let copies = [".modules_to_save.", ".original_module."]
      let name = Self.plainName(entry.name)
      guard !copies.contains(where: name.hasSubstring), !name.hasSubstring(".lora_"),
        !BottleneckAdapter.layers.contains(where: { name.hasSubstring(".\($0).") }),
        !Self.productMarks.values.contains(where: name.hasSubstring), !name.hasPrefix("vera_"),
        !name.hasSuffix("." + Self.scaleName), name != Self.promptName
      else {
        return nil
      }
      return try file.tensor(entry.name).named(name)
    }
  }

  func invalid(_ reason: String, at name: String) -> Failure {
    .invalidModel("\(path)/\(Self.weightsName): \(reason)", at: name)
  }
}
