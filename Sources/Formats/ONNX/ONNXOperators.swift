import Engine
import Platform

/// The supported operators, one line each.
enum ONNXOperators {
  typealias Importer = (ONNXCall) throws -> [ONNXSymbol]

  static func evaluate(_ call: ONNXCall) throws -> [ONNXSymbol] {
    // A shape of as many rows as there are is no constant's.
    if call.node.kind == "ConstantOfShape", case .constant(let shape)? = call.operand(0),
      shape.integers?.first == -1
    {
      return try ONNXPreparation.constantColumns(call)
    }
    let known = call.operands.allSatisfy {
      switch $0 {
      case .constant, nil: true
      default: false
      }
    }
    if known, let folded = try fold(call) {
      return try folded.map { tensor in
        guard tensor.isPlain else { throw call.unsupported("makes a constant of shape \(tensor.dimensions)") }
        return .constant(tensor)
      }
    }
    if let texts = try ONNXTexts.evaluate(call) { return texts }
    guard let importer = table[call.node.kind] ?? ONNXPreparation.table[call.node.kind] else {
      throw call.unsupported("this operator is not supported")
    }
    let hasImages = call.operands.contains { if case .images? = $0 { true } else { false } }
    if !hasImages || ONNXImages.operators.contains(call.node.kind) { return try importer(call) }
    guard ONNXImages.elementwise.contains(call.node.kind), case .images(let value)? = call.operand(0) else {
      return try importer(call.inFileOrder())
    }
    let plain = ONNXCall(
      importer: call.importer, node: call.node, operands: [.rows(value)] + call.operands.dropFirst())
    return try importer(plain).map { if case .rows(let result) = $0 { .images(result) } else { $0 } }
  }

  /// Constant folding: reshaped weights remain weights, all other operators are interpreted.
  private static func fold(_ call: ONNXCall) throws -> [ONNXTensor]? {
    guard let tensors = try folded(call) else { return nil }
    call.importer.noteWeights(of: call, in: tensors)
    try call.importer.count(folded: tensors, call)
    return tensors
  }

  private static func folded(_ call: ONNXCall) throws -> [ONNXTensor]? {
    if let fold = ONNXFolding.table[call.node.kind] {
      do {
        return try fold(call)
      } catch let failure as Failure where failure.kind == .unsupported {
        guard let interpreted = try interpret(call) else { throw failure }
        return interpreted
      }
    }
    return try interpret(call)
  }

  private static func interpret(_ call: ONNXCall) throws -> [ONNXTensor]? {
    guard ONNXInterpreted.table[call.node.kind] != nil else { return nil }
    let inputs = try call.operands.map { symbol -> ONNXArray? in
      guard case .constant(let tensor)? = symbol else { return nil }
      return try ONNXArray(tensor)
    }
    return try ONNXInterpreted.evaluate(ONNXEvaluation(node: call.node, inputs: inputs, opset: call.opset))
      .map {
        try $0.tensor()
      }
  }

  static let table: [String: Importer] = [
    "Gemm": ONNXLinear.gemm,
    "MatMul": ONNXLinear.matMul,
    "Einsum": ONNXResampling.product,

    "Add": ONNXElementwise.arithmetic(.add),
    "Sum": ONNXElementwise.arithmetic(.add),
    "Sub": ONNXElementwise.arithmetic(.subtract),
    "Mul": ONNXElementwise.arithmetic(.multiply),
    "Div": ONNXElementwise.arithmetic(.divide),
    "Pow": ONNXElementwise.arithmetic(.power),
    "Max": ONNXElementwise.arithmetic(.maximum),
    "Min": ONNXElementwise.arithmetic(.minimum),
    "Neg": ONNXElementwise.unary(.negate),
    "Abs": ONNXElementwise.unary(.absolute),
    "Sqrt": ONNXElementwise.unary(.squareRoot),
    "Exp": ONNXElementwise.unary(.exponential),
    "Log": ONNXElementwise.unary(.logarithm),
    "Reciprocal": ONNXElementwise.unary(.reciprocal),
    "Erf": ONNXElementwise.unary(.errorFunction),
    "Not": ONNXElementwise.not,
    "Clip": ONNXElementwise.clip,

    "Relu": ONNXActivation.plain(.relu),
    "LeakyRelu": ONNXActivation.scaled(.leakyReLU, alpha: 0.01),
    "Elu": ONNXActivation.scaled(.elu, alpha: 1),
    "Selu": ONNXActivation.selu,
    "PRelu": ONNXActivation.pRelu,
    "Gelu": ONNXActivation.gelu,
    "Tanh": ONNXActivation.plain(.tanh),
    "Sigmoid": ONNXActivation.plain(.sigmoid),
    "HardSigmoid": ONNXActivation.hardSigmoid,
    "Softplus": ONNXActivation.plain(.softplus),
    "Greater": ONNXActivation.greater,
    "Where": ONNXActivation.linearAbove,
    "Swish": ONNXActivation.swish,
    "Mish": ONNXActivation.plain(.mish),
    "HardSwish": ONNXActivation.plain(.hardSwish),
    "Softmax": ONNXActivation.softmax,
    "LogSoftmax": ONNXActivation.logSoftmax,

    "LayerNormalization": ONNXNormalization.layer,
    "BatchNormalization": ONNXNormalization.batch,
    "Dropout": ONNXNormalization.dropout,

    "Identity": ONNXShape.identity,
    "Cast": ONNXShape.cast,
    "Shape": ONNXShape.shape,
    "Reshape": ONNXShape.reshape,
    "Flatten": ONNXShape.flatten,
    "Squeeze": ONNXShape.squeeze,
    "Unsqueeze": ONNXShape.unsqueeze,
    "Transpose": ONNXShape.transpose,

    "Concat": ONNXSelection.concat,
    "Slice": ONNXSelection.slice,
    "Split": ONNXSelection.split,
    "Gather": ONNXSelection.gather,

    "ReduceSum": ONNXReduction.reduce(.sum),
    "ReduceMean": ONNXReduction.reduce(.mean),
    "ReduceMax": ONNXReduction.reduce(.maximum),
    "ReduceMin": ONNXReduction.reduce(.minimum),
    "ReduceLogSumExp": ONNXReduction.logarithmOfSum,

    "Conv": ONNXImages.convolution,
    "ConvTranspose": ONNXImages.transposedConvolution,
    "MaxPool": ONNXImages.pooling(.maximum),
    "AveragePool": ONNXImages.pooling(.average),
    "GlobalAveragePool": ONNXImages.global(.mean),
    "GlobalMaxPool": ONNXImages.global(.maximum),
    "Pad": ONNXResampling.pad,
    "Resize": ONNXResampling.resize,
    "Upsample": ONNXResampling.resize,

    "ai.onnx.ml.Scaler": ONNXClassical.scaler,
    "ai.onnx.ml.LinearClassifier": ONNXClassical.linearClassifier,
    "ai.onnx.ml.LinearRegressor": ONNXClassical.linearRegressor,
    "ai.onnx.ml.SVMClassifier": ONNXSupportVectors.classifier,
    "ai.onnx.ml.SVMRegressor": ONNXSupportVectors.regressor,
    "ai.onnx.ml.TreeEnsemble": ONNXTrees.ensemble,
    "ai.onnx.ml.TreeEnsembleClassifier": ONNXTrees.classifier,
    "ai.onnx.ml.TreeEnsembleRegressor": ONNXTrees.regressor,
    "ai.onnx.ml.Normalizer": ONNXClassical.normalizer,
    "ai.onnx.ml.ArrayFeatureExtractor": ONNXClassical.arrayFeatureExtractor,
    "ai.onnx.ml.FeatureVectorizer": ONNXClassical.featureVectorizer,
    "ai.onnx.ml.ZipMap": ONNXClassical.zipMap,
  ]
}
