import Engine
import Formats
import Glibc
import Platform

// Files that the interpreter runs are not written anew: a changed network is written into the bytes of its file. Here the
// bytes are those of the input, and the network is that of a file in the corpus, so that no importer has seen them.

/// Writes the weights of an interpreted network into the bytes (ONNXRevision).
func reviseFile(_ bytes: UnsafeRawBufferPointer) throws { try rewrite(bytes, revisedNetwork) }

/// Writes a model behind the preparation of columns in the bytes (ONNXMergedFile).
func mergeFile(_ bytes: UnsafeRawBufferPointer) throws { try rewrite(bytes, mergedNetwork) }

private let revisedNetwork = network("pipeline-lstm.onnx") { $0.interpretedBecause != nil }
private let mergedNetwork = network("pipeline-bins.onnx") {
  $0.needsItsFile && $0.interpretedBecause == nil
}

private func network(_ name: String, _ fits: (Network) -> Bool) -> Network {
  guard let folder = getenv("FUZZ_ONNX").map({ String(cString: $0) }) else {
    fatalError("FUZZ_ONNX names the corpus of ONNX files")
  }
  do {
    let network = try ONNXReader.load(path: folder + "/" + name)
    guard fits(network) else { fatalError("\(name) is read in another way") }
    return network
  } catch {
    fatalError("\(name): \(error)")
  }
}

private func rewrite(_ bytes: UnsafeRawBufferPointer, _ known: Network) throws {
  var network = known
  network.original = try Buffer(copying: bytes.bindMemory(to: UInt8.self))
  let path = scratch + "/rewritten.onnx"
  try ONNXWriter.write(network, to: path)
  // The bytes need not be a model, but reading what was made of them must not fail in another way.
  _ = try ONNXReader.open(path: path)
}
