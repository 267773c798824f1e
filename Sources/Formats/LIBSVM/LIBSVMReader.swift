import Engine
import Platform

/// Reads LIBSVM's model files (Chang and Lin 2011): regression, two classes with or without probabilities,
/// and more classes with probabilities.
public enum LIBSVMReader {
  /// The metadata key of the machine's type.
  static let key = "libsvm.svm_type"
  /// The names of the parameters of Platt's scaling.
  static let (slope, offset) = ("prob_a", "prob_b")
  static let kernels: [(name: String, kernel: KernelMachine.Kernel)] = [
    ("linear", .linear), ("polynomial", .polynomial), ("rbf", .radial), ("sigmoid", .sigmoid),
  ]

  /// - Throws: `io`; `invalidModel` at `path:line`; `unsupported` with the type of machine.
  public static func load(path: String) throws -> Network {
    let (files, name) = FileSet.nextTo(path)
    return try load(files, name)
  }

  /// The same for one file of a set.
  public static func load(_ files: FileSet, _ name: String) throws -> Network {
    let file = try files.open(name)
    return try withExtendedLifetime(file) { try read(bytes: file.bytes, named: file.path) }
  }

  /// The same for bytes in memory; `name` locates errors.
  public static func read(bytes: UnsafeRawBufferPointer, named name: String) throws -> Network {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure.invalidModel("the text is not UTF-8", at: name)
    }
    var header: [Substring: [Substring]] = [:]
    // For each vector: one coefficient, or with more than two classes the number of classes minus 1.
    var coefficients: [[Float]] = []
    var functions = 1
    var cells: [[(feature: Int, value: Float)]] = []
    var (line, features, isHeader) = (0, 0, true)
    for bytes in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      line += 1
      let words = bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }.map(Substring.init)
      func invalid(_ message: String) -> Failure { .invalidModel(message, at: "\(name):\(line)") }
      guard let first = words.first else { continue }
      if isHeader {
        if first == "SV" { isHeader = false } else { header[first] = Array(words.dropFirst()) }
        if first == "label" { functions = max(words.count - 2, 1) }
        continue
      }
      let own = words.prefix(functions).compactMap { Float($0) }
      guard own.count == functions, own.allSatisfy(\.isFinite) else {
        throw invalid("\"\(first)\" is not a coefficient, or there are fewer than \(functions)")
      }
      coefficients.append(own)
      cells.append(
        try words.dropFirst(functions).map { word in
          let parts = word.split(separator: ":")
          guard parts.count == 2, let index = Int(parts[0]), (1...(1 << 20)).contains(index),
            let value = Float(parts[1]), value.isFinite
          else { throw invalid("\"\(word)\" is not index:value (after \(functions) coefficients)") }
          features = max(features, index)
          return (index - 1, value)
        })
    }
    let (count, overflow) = cells.count.multipliedReportingOverflow(by: features)
    guard !isHeader, count > 0, !overflow, count <= 1 << 28 else {
      throw Failure.invalidModel("holds no support vectors, or more than are read", at: "\(name):\(line)")
    }
    let vectors = try Buffer<Float>(count: count, for: "support vectors")
    for (vector, own) in cells.enumerated() {
      for cell in own { vectors.pointer[cell.feature * cells.count + vector] = cell.value }
    }
    do {
      let rows = (0..<functions).flatMap { row in coefficients.map { $0[row] } }
      return try network(header, rows, vectors, features)
    } catch let failure as Failure {
      throw Failure(failure.kind, "\(name): \(failure.message)", at: name)
    }
  }

  private static func network(
    _ header: [Substring: [Substring]], _ coefficients: [Float], _ vectors: Buffer<Float>, _ features: Int
  ) throws -> Network {
    let type = header["svm_type"]?.first ?? ""
    let isRegression = type == "epsilon_svr" || type == "nu_svr"
    guard isRegression || type == "c_svc" || type == "nu_svc" else {
      throw Failure.unsupported(
        "machines of type \"\(type)\" are not supported; c_svc, nu_svc, epsilon_svr and nu_svr are")
    }
    let name = header["kernel_type"]?.first ?? ""
    guard let kernel = kernels.first(where: { $0.name == name })?.kernel else {
      throw Failure.unsupported(
        "the kernel \"\(name)\" is not supported; linear, polynomial, rbf and sigmoid are")
    }
    let labels = (header["label"] ?? []).map(String.init)
    if !isRegression, labels.count < 2 || Set(labels).count < labels.count {
      throw Failure.invalidModel("its labels are \(labels); two or more that differ are needed")
    }
    let rho = try numbers("rho", header)
    guard rho.count == (isRegression ? 1 : PairwiseCoupling.pairs(labels.count)) else {
      throw Failure.invalidModel("has \(rho.count) numbers as its rho")
    }
    var builder = GraphBuilder()
    let x = builder.input("features", Shape(width: features))
    let machine = try KernelMachine(
      kernel, gamma: numbers("gamma", header).first ?? 1, constant: numbers("coef0", header).first ?? 0,
      degree: numbers("degree", header).first ?? 1, features: features, vectors: vectors,
      classCounts: labels.count > 2 ? numbers("nr_sv", header).map { Int(exactly: $0) ?? -1 } : [])
    let output = try builder.apply(
      machine,
      to: [
        x, parameter("coefficients", coefficients, &builder),
        parameter("intercept", rho.map { -$0 }, &builder),
      ], name: "machine")
    var network =
      if isRegression {
        Network(graph: try builder.finish(output: output), link: .identity, producer: "LIBSVM")
      } else if labels.count == 2 {
        try pair(header, labels, of: output, &builder)
      } else {
        try classes(header, labels, of: output, &builder)
      }
    network.isRegression = isRegression
    network.metadata = [(key, String(type))]
    return network
  }

  /// Several classes: the probability of each pair's first class is 1 / (1 + e^(A f + B)), and the pairs are
  /// coupled.
  private static func classes(
    _ header: [Substring: [Substring]], _ labels: [String], of machine: Graph.ValueID,
    _ builder: inout GraphBuilder
  ) throws -> Network {
    let (a, b) = (try numbers("probA", header), try numbers("probB", header))
    let pairs = PairwiseCoupling.pairs(labels.count)
    guard a.count == pairs, b.count == pairs else {
      throw Failure.unsupported(
        "a machine of \(labels.count) classes without probabilities (probA, probB) is not supported; svm-train -b 1 "
          + "makes them")
    }
    let logits = try affine(machine, a.map { -$0 }, b.map { -$0 }, &builder)
    let output = try builder.apply(PairwiseCoupling(classes: labels.count), to: [logits], name: "classes")
    return Network(
      graph: try builder.finish(output: output), link: .softmax, classLabels: labels,
      fixedParameters: [slope, offset], producer: "LIBSVM")
  }

  /// Two classes: the machine's value f refers to the first label, whose probability is 1 / (1 + e^(A f + B));
  /// the second label is the positive one.
  private static func pair(
    _ header: [Substring: [Substring]], _ labels: [String], of machine: Graph.ValueID,
    _ builder: inout GraphBuilder
  ) throws -> Network {
    let (a, b) = (try numbers("probA", header).first ?? -1, try numbers("probB", header).first ?? 0)
    let isTurned = (Double(labels[0]) ?? 0) > (Double(labels[1]) ?? 0)
    let sign: Float = isTurned ? -1 : 1
    let output = try affine(machine, [sign * a], [sign * b], &builder)
    return Network(
      graph: try builder.finish(output: output), link: header["probA"] == nil ? .logits : .sigmoid,
      classLabels: isTurned ? labels.reversed() : labels, fixedParameters: [slope, offset], producer: "LIBSVM"
    )
  }

  /// factors · value + terms.
  private static func affine(
    _ value: Graph.ValueID, _ factors: [Float], _ terms: [Float], _ builder: inout GraphBuilder
  ) throws -> Graph.ValueID {
    let scaled = try builder.apply(
      Arithmetic(.multiply), to: [value, parameter(slope, factors, &builder)], name: "scaled")
    return try builder.apply(
      Arithmetic(.add), to: [scaled, parameter(offset, terms, &builder)], name: "logit")
  }

  private static func parameter(
    _ name: String, _ values: [Float], _ builder: inout GraphBuilder
  ) throws -> Graph.ValueID {
    builder.parameter(try Tensor(name: name, dimensions: [values.count], values: values))
  }

  private static func numbers(_ key: Substring, _ header: [Substring: [Substring]]) throws -> [Float] {
    let words = header[key] ?? []
    let numbers = words.compactMap { Float($0) }
    guard numbers.count == words.count, numbers.allSatisfy(\.isFinite) else {
      throw Failure.invalidModel("\(key) has something that is not a number")
    }
    return numbers
  }
}
