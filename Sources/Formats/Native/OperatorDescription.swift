import Engine
import Platform

/// Makes operators from their settings in JSON (`OperatorDefinition.attributes`). A new operator needs an
/// entry in the list.
enum OperatorDescription {
  static let decoders: [String: (Reader) throws -> any Operator] = [
    Activation.kind: { Activation(try $0.choice("function"), alpha: try $0.float("alpha", 0)) },
    Arithmetic.kind: { Arithmetic(try $0.choice("function")) },
    BatchNorm.kind: {
      BatchNorm(
        epsilon: try $0.float("epsilon"), momentum: try $0.float("momentum"),
        usesBatchStatistics: try $0.flag("uses_batch_statistics"),
        channelsLast: try $0.flag("channels_last", false))
    },
    Columns.kind: { Columns(try $0.range("columns")) },
    Concatenation.kind: { Concatenation(axis: try $0.integer("axis")) },
    Convolution.kind: {
      Convolution(
        strides: try $0.integers("strides"), dilations: try $0.integers("dilations"),
        padding: try $0.integers("padding"), groups: try $0.integer("groups"))
    },
    Dropout.kind: {
      Dropout(rate: try $0.float("rate"), stream: UInt64(bitPattern: Int64(try $0.integer("stream"))))
    },
    Embedding.kind: { _ in Embedding() },
    Imputation.kind: { _ in Imputation() },
    LayerNorm.kind: { LayerNorm(epsilon: try $0.float("epsilon")) },
    Linear.kind: { Linear(weightIsInputMajor: try $0.flag("weight_is_input_major")) },
    Pooling.kind: {
      Pooling(
        try $0.choice("function"), kernel: try $0.integers("kernel"), strides: try $0.integers("strides"),
        dilations: try $0.integers("dilations"), padding: try $0.integers("padding"),
        countsPadding: try $0.flag("counts_padding"), roundsUp: try $0.flag("rounds_up"))
    },
    Reduction.kind: {
      Reduction(try $0.choice("function"), axes: try $0.range("axes"), keepsAxes: try $0.flag("keeps_axes"))
    },
    Resampling.kind: {
      Resampling(
        axis: try $0.integer("axis"), places: try $0.integers("places").map { Int32(clamping: $0) },
        weights: $0.json["weights"] == nil ? nil : try $0.floats("weights"), taps: try $0.integer("taps"),
        fill: try $0.float("fill"))
    },
    Softmax.kind: { _ in Softmax() },
    KernelMachine.kind: { reader in
      let numbers = (reader.json["vectors"]?.array ?? []).map { Float($0.double ?? .nan) }
      return try KernelMachine(
        reader.choice("kernel"), gamma: reader.float("gamma"), constant: reader.float("constant"),
        degree: reader.float("degree"), features: reader.integer("features"),
        vectors: Buffer(copying: numbers),
        classCounts: reader.json["class_counts"] == nil ? [] : reader.integers("class_counts"))
    },
    PairwiseCoupling.kind: { try PairwiseCoupling(classes: $0.integer("classes")) },
    TreeEnsemble.kind: {
      TreeEnsemble(
        try TreeLayout(TreeDescription.trees($0.json["ensemble"], at: $0.pointer + "/ensemble")),
        try $0.choice("aggregate"), factor: try $0.float("factor"))
    },
    TransposedConvolution.kind: {
      TransposedConvolution(
        strides: try $0.integers("strides"), dilations: try $0.integers("dilations"),
        padding: try $0.integers("padding"), extra: try $0.integers("extra"), groups: try $0.integer("groups")
      )
    },
    Threshold.kind: { Threshold(try $0.float("threshold")) },
    Transpose.kind: { Transpose(try $0.integers("order")) },
    Unary.kind: { Unary(try $0.choice("function")) },
  ]

  /// Reads and checks the settings of one node.
  struct Reader {
    let json: JSONValue
    let pointer: String

    func float(_ key: String, _ fallback: Float? = nil) throws -> Float {
      guard let value = json[key] else {
        if let fallback { return fallback }
        throw GraphDescription.invalid("is missing", "\(pointer)/\(key)")
      }
      guard let number = value.double, Float(number).isFinite else {
        throw GraphDescription.invalid("\(value.text()) is not a number", "\(pointer)/\(key)")
      }
      return Float(number)
    }

    func integer(_ key: String) throws -> Int {
      guard let number = json[key]?.int else {
        throw GraphDescription.invalid("a whole number is needed", "\(pointer)/\(key)")
      }
      return number
    }

    func flag(_ key: String, _ fallback: Bool? = nil) throws -> Bool {
      if json[key] == nil, let fallback { return fallback }
      guard let flag = json[key]?.bool else {
        throw GraphDescription.invalid("true or false is needed", "\(pointer)/\(key)")
      }
      return flag
    }

    func integers(_ key: String) throws -> [Int] {
      let list = json[key]?.array ?? []
      let numbers = list.compactMap(\.int)
      guard numbers.count == list.count, !numbers.isEmpty, numbers.count <= GraphDescription.maximumWidth,
        numbers.allSatisfy({ abs($0) <= GraphDescription.maximumWidth })
      else { throw GraphDescription.invalid("a list of whole numbers is needed", "\(pointer)/\(key)") }
      return numbers
    }

    func floats(_ key: String) throws -> [Float] {
      let list = json[key]?.array ?? []
      let numbers = list.compactMap { $0.double.map { Float($0) } }
      guard numbers.count == list.count, numbers.allSatisfy(\.isFinite) else {
        throw GraphDescription.invalid("a list of numbers is needed", "\(pointer)/\(key)")
      }
      return numbers
    }

    func range(_ key: String) throws -> Range<Int> {
      guard let list = json[key]?.array, list.count == 2, let start = list[0].int, let end = list[1].int,
        (0...GraphDescription.maximumWidth).contains(start),
        (start...GraphDescription.maximumWidth).contains(end)
      else {
        throw GraphDescription.invalid("two whole numbers are needed, start and end", "\(pointer)/\(key)")
      }
      return start..<end
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String) throws -> Choice
    where Choice.RawValue == String {
      let word = json[key]?.string ?? ""
      guard let choice = Choice(rawValue: word) else {
        throw GraphDescription.invalid(
          "\"\(word)\" is not one\(Suggestion.phrase(for: word, among: Choice.allCases.map(\.rawValue)))",
          "\(pointer)/\(key)")
      }
      return choice
    }
  }
}
