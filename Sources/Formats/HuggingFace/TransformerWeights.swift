import Engine
import Platform

/// The tensors of a checkpoint: `model.safetensors`, or the shards listed in `model.safetensors.index.json`.
/// Tensors refer to the mapped files and stay in the types in which they are stored there.
public struct TransformerWeights: Sendable {
  private let places: [String: Int]
  private let files: [Safetensors]
  /// The tensors of a checkpoint that is not in such files.
  private var held: [String: Tensor] = [:]
  private var replaced: [String: Tensor] = [:]
  let path: String

  /// - Throws: `io`, `invalidModel`, and `unsupported` for a directory with weights in another format.
  public init(files all: FileSet) throws {
    let single = "model.safetensors"
    let index = all.path(of: single + ".index.json")
    let directory = all.location
    path = directory
    if all.contains(single) {
      files = [try Safetensors(all, single)]
    } else if all.contains(single + ".index.json") {
      let json = try all.json(single + ".index.json")
      guard let map = json["weight_map"]?.members else {
        throw Failure.invalidModel("\(index): \"weight_map\" is missing", at: "\(index)#/weight_map")
      }
      var names: [String] = []
      for member in map {
        guard let name = member.value.string, !name.contains("/"), !name.isEmpty else {
          throw Failure.invalidModel(
            "\(index): \"\(member.key)\" is in \(member.value.text()); a file of this directory is needed",
            at: "\(index)#/weight_map")
        }
        if !names.contains(name) { names.append(name) }
      }
      files = try names.map { try Safetensors(all, $0) }
    } else if all.contains("pytorch_model.bin") {
      throw Failure.unsupported(
        "\(directory) has its weights as pytorch_model.bin, a pickle file, which may run code; "
          + "save_pretrained(..., safe_serialization=True) writes model.safetensors, which is read",
        at: directory)
    } else {
      throw Failure.invalidModel("\(directory) has no model.safetensors", at: directory)
    }
    var places: [String: Int] = [:]
    for (index, file) in files.enumerated() {
      for entry in file.entries { places[entry.name] = index }
    }
    self.places = places
  }

  /// Tensors from another file.
  init(tensors: [Tensor], path: String) {
    (places, files) = ([:], [])
    self.path = path
    for tensor in tensors { held[tensor.name] = tensor }
  }

  public var names: [String] { Array(Set(places.keys).union(held.keys).union(replaced.keys)) }

  /// Whether the checkpoint's files have a tensor with this prefix.
  func storesAny(prefix: String) -> Bool {
    places.keys.contains { $0.hasPrefix(prefix) } || held.keys.contains { $0.hasPrefix(prefix) }
  }

  private func stores(_ name: String) -> Bool { places[name] != nil || held[name] != nil }

  /// The name of a network's tensor in the checkpoint's files.
  func storedName(of name: String, prefix: String) -> String? {
    let bare = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.utf8.count)) : prefix + name
    let candidates = [name, bare]
    return (candidates + candidates.compactMap(TransformerBuilder.oldName)).first(where: stores)
  }

  /// A tensor of the checkpoint's files.
  func stored(_ name: String) throws -> Tensor {
    if let tensor = held[name] { return tensor }
    guard let place = places[name], files.indices.contains(place) else {
      throw Failure.invalidModel("\(path): there is no tensor \"\(name)\"", at: name)
    }
    return try files[place].tensor(name)
  }

  func stored(orReplaced name: String) throws -> Tensor { try replaced[name] ?? stored(name) }

  func contains(_ name: String) -> Bool { stores(name) || replaced[name] != nil }

  /// The shape of a tensor that replaces the checkpoint's.
  func replacedShape(_ name: String) -> Shape? { replaced[name]?.shape }

  func replacing(_ tensors: [Tensor]) -> TransformerWeights {
    var copy = self
    for tensor in tensors { copy.replaced[tensor.name] = tensor }
    return copy
  }

  /// A tensor with exactly this shape.
  ///
  /// - Throws: `invalidModel` if there is none with this name, or it has another shape.
  func tensor(_ name: String, _ dimensions: [Int]) throws -> Tensor {
    let tensor = try stored(orReplaced: name)
    guard tensor.shape.dimensions == dimensions else {
      throw Failure.invalidModel(
        "\(path): tensor \"\(name)\" is \(tensor.shape); config.json asks for \(try Shape(dimensions))",
        at: name)
    }
    return tensor
  }
}
