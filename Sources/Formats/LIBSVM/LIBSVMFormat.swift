extension NetworkFormat {
  static let libsvm = NetworkFormat(
    name: "libsvm", title: "LIBSVM's text", endings: [".txt", ".model"],
    recognizes: { $0.starts(with: "svm_type".utf8) },
    read: { files, name, _ in try LIBSVMReader.load(files, name) },
    suits: { _ in false }, write: LIBSVMWriter.write)
}
