import Engine
import Platform

/// Reads LightGBM's text files (versions v2 to v4 of the format).
public enum LightGBMReader {
  /// - Throws: `io`; `invalidModel` at `path:line`; `unsupported` with the objective or the kind of tree.
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
    let text = try LightGBMText(bytes, named: name)
    do {
      return try network(text)
    } catch let failure as Failure where failure.location.isEmpty {
      throw Failure(failure.kind, "\(name): \(failure.message)", at: name)
    }
  }

  private static func network(_ text: LightGBMText) throws -> Network {
    let header = text.header
    let features = try header.integer("max_feature_idx") + 1
    let outputs = try header.integer("num_tree_per_iteration", fallback: try header.integer("num_class"))
    let objective = try LightGBMObjective(header["objective"].map(String.init) ?? "", outputs: outputs)
    guard !text.trees.isEmpty else { throw Failure.invalidModel("holds no tree") }

    // Where leaves have functions, the trees add up a constant and a coefficient of each feature.
    let isLinear = try text.trees.contains { try LightGBMTree.isLinear($0) }
    let (sums, overflow) = (features + 1).multipliedReportingOverflow(by: outputs)
    guard !isLinear || !overflow && sums <= maximumSums else {
      throw Failure.unsupported("linear trees of \(features) features and \(outputs) outputs are too large")
    }
    var trees = try DecisionTrees(features: features, outputs: isLinear ? sums : outputs)
    var values: [Float] = []
    for (index, section) in text.trees.enumerated() {
      do {
        let tree = try LightGBMTree(section, width: features)
        let leaves = try trees.add(
          output: isLinear ? 0 : index % outputs, root: tree.root, count: tree.count, node: tree.node)
        let start = values.count
        if isLinear {
          for leaf in leaves {
            for output in 0..<outputs {
              values +=
                output == index % outputs
                ? tree.function(leaf, width: features) : [Float](repeating: 0, count: features + 1)
            }
          }
        } else {
          values += leaves.map { Float(tree.values[$0 - tree.splits]) }
        }
        guard values[start...].allSatisfy(\.isFinite), values.count <= maximumNumbers else {
          throw Failure.invalidModel(
            values.count <= maximumNumbers
              ? "a leaf's value is not a finite number"
              : "its leaves have more than \(maximumNumbers) numbers")
        }
      } catch let failure as Failure {
        throw Failure(
          failure.kind, "\(text.name):\(section.line): tree \(index): \(failure.message)",
          at: "\(text.name):\(section.line)")
      }
    }

    var builder = GraphBuilder()
    let input = builder.input("features", Shape(width: features))
    let leaves = builder.parameter(
      try Tensor(
        name: "leaves", dimensions: isLinear ? [values.count / max(sums, 1), sums] : [values.count],
        values: values))
    // The trees of a random forest are averaged over the number of trees per output.
    let isMean = header.has("average_output")
    let iterations = max(text.trees.count / outputs, 1)
    var output = try builder.apply(
      TreeEnsemble(TreeLayout(trees), factor: isMean ? 1 / Float(iterations) : 1), to: [input, leaves],
      name: "trees")
    var fixed = Set<String>()
    if isLinear {
      output = try LightGBMLinearLeaves.applied(
        to: output, input, outputs: outputs, width: features, in: &builder)
      fixed.insert(LightGBMLinearLeaves.zeroName)
    }
    if objective.scale != 1 {
      let scale = builder.parameter(
        try Tensor(name: LightGBMObjective.scaleName, dimensions: [1], values: [objective.scale]))
      fixed.insert(LightGBMObjective.scaleName)
      output = try builder.apply(Arithmetic(.multiply), to: [output, scale], name: "scaled")
    }
    output = try objective.ending.applied(to: output, in: &builder, fixed: &fixed)
    var network = Network(
      graph: try builder.finish(output: output), link: objective.link, fixedParameters: fixed,
      producer: "LightGBM \(header["version"] ?? "")")
    let names = header.list("feature_names").map(String.init)
    network.columns = names.count == features && Set(names).count == names.count ? names : []
    network.isRegression = objective.isRegression
    network.metadata = [(LightGBMObjective.key, objective.text)]
    if let infos = header["feature_infos"] {
      network.metadata.append((LightGBMObjective.infosKey, String(infos)))
    }
    let unknown = text.headerLines.filter { line in
      !known.contains(String(line.prefix { $0 != "=" }))
    }
    if !unknown.isEmpty {
      network.metadata.append((LightGBMObjective.headerKey, unknown.joined(separator: "\n")))
    }
    if !text.parameters.isEmpty {
      network.metadata.append((LightGBMObjective.parametersKey, text.parameters.joined(separator: "\n")))
    }
    nameCategories(of: &network, text)
    return network
  }

  /// The most sums of linear trees, and the most numbers in all leaves.
  private static let maximumSums = 1 << 16
  private static let maximumNumbers = 1 << 28

  /// The header lines that the writer generates.
  private static let known: Set<String> = [
    "version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective",
    "feature_names", "feature_infos", "tree_sizes", "average_output",
  ]

  /// Reads pandas' category names: one list for each categorical column, in the order of the columns.
  private static func nameCategories(of network: inout Network, _ text: LightGBMText) {
    guard let line = text.pandasCategorical, line != "null" else { return }
    let features = network.graph.inputWidth
    let infos = text.header.list("feature_infos")
    // Ranges of numbers are in brackets, lists of categories are not.
    let seen = infos.indices.filter { infos[$0].contains(":") && !infos[$0].hasPrefix("[") }
    let asked = text.parameters.lazy.compactMap { line -> [Int]? in
      let start = "[categorical_feature: "
      guard line.hasPrefix(start), line.hasSuffix("]") else { return nil }
      return line.dropFirst(start.count).dropLast().split(separator: ",").compactMap { Int($0) }
    }.first
    guard let lists = (try? JSONValue.parse(String(line)))?.array, lists.allSatisfy({ $0.array != nil })
    else {
      network.metadata.append((LightGBMObjective.categoriesKey, String(line)))
      return
    }
    let columns = [asked?.sorted(), seen].compactMap { $0 }.first { $0.count == lists.count }
    guard let columns, columns.allSatisfy((0..<features).contains), Set(columns).count == columns.count else {
      network.metadata.append((LightGBMObjective.categoriesKey, String(line)))
      if !lists.isEmpty {
        network.notes.append(
          "the file names the categories of \(lists.count) columns of pandas but not their features: "
            + "texts have no numbers")
      }
      return
    }
    var names = [[JSONValue]](repeating: [], count: features)
    for (column, list) in zip(columns, lists) { names[column] = list.array ?? [] }
    network.categoryNames = names
  }
}
