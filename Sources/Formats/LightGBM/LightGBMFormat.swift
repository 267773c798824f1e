extension NetworkFormat {
  static let lightgbm = NetworkFormat(
    name: "lightgbm", title: "LightGBM's text", endings: [".txt", ".model"],
    recognizes: { $0.starts(with: "tree\n".utf8) || $0.starts(with: "tree\r\n".utf8) },
    read: { files, name, _ in try LightGBMReader.load(files, name) },
    suits: { $0.graph.soleEnsemble != nil }, write: LightGBMWriter.write)
}
