import Engine
import Formats
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Adapters that peft wrote for the tiny checkpoints, with peft's logits (Resources/adapters/make.py).
@Suite("Adapters in PEFT's format")
struct AdapterDirectoryTests {
  static let names = [
    "bert-lora", "bert-lora-patterns", "bert-rslora-biases", "roberta-lora", "albert-lora", "gpt2-lora",
    "bert-prefix", "roberta-prefix", "electra-prefix", "gpt2-prefix",
  ]

  static func family(_ name: String) -> String { String(name.prefix { $0 != "-" }) }

  static func loaded(_ name: String, _ path: String? = nil) throws -> (
    network: Network, transformer: Transformer
  ) {
    let adapter = try AdapterDirectory(path: path ?? resource("adapters/" + name))
    let transformer = try Transformer(directory: TransformerTests.directory(family(name)))
      .replacing(parameters: adapter.replacements())
    var network = try transformer.network(.own, TransformerOptions(dropout: 0))
    network.graph = try adapter.applied(to: network.graph, prefix: transformer.prefix)
    return (network, transformer)
  }

  static func json(_ path: String) throws -> JSONValue {
    let file = try MappedFile(path: path)
    return try withExtendedLifetime(file) { try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self)) }
  }

  @Test("Over its base an adapter gives the logits that peft gives, to 1e-5", arguments: names)
  func logits(name: String) throws {
    let (network, transformer) = try Self.loaded(name)
    let expected = try Self.json(resource("adapters/\(name)/expected.json"))
    let texts = (expected["texts"]?.array ?? []).map { ($0.array ?? []).compactMap(\.int) }
    let wanted = (expected["logits"]?.array ?? []).flatMap {
      ($0.array ?? []).map { Float($0.double ?? .nan) }
    }
    let first = transformer.firstPosition + (network.graph.prefixAdapter?.tokens ?? 0)
    let outputs = try TransformerTests().outputs(network, texts, firstPosition: first, threads: 2)
    #expect(outputs.count == wanted.count && wanted.count > 3)
    for (value, wanted) in zip(outputs, wanted) { #expect(abs(value - wanted) < 1e-5) }
    // After merging into the weights, the outputs are the same.
    guard network.graph.prefixAdapter == nil else { return }
    var merged = network
    merged.graph = try network.graph.mergingLowRankAdapters()
    #expect(merged.graph.lowRankParts.isEmpty && !network.graph.lowRankParts.isEmpty)
    let again = try TransformerTests().outputs(merged, texts, firstPosition: first, threads: 2)
    for (value, wanted) in zip(again, wanted) { #expect(abs(value - wanted) < 1e-5) }
  }

  @Test(
    "DoRA, PiSSA, OLoRA, IA3, LoHa, LoKr and VeRA are merged into the weights when they are read: peft's logits to 1e-5",
    arguments: [
      "bert-dora", "gpt2-dora", "bert-pissa", "gpt2-pissa", "bert-olora", "bert-ia3", "gpt2-ia3", "bert-loha",
      "bert-lokr", "bert-lokr-both",
      "bert-vera",
    ])
  func merged(name: String) throws {
    let (network, transformer) = try Self.loaded(name)
    let expected = try Self.json(resource("adapters/\(name)/expected.json"))
    let texts = (expected["texts"]?.array ?? []).map { ($0.array ?? []).compactMap(\.int) }
    let wanted = (expected["logits"]?.array ?? []).flatMap {
      ($0.array ?? []).map { Float($0.double ?? .nan) }
    }
    let outputs = try TransformerTests().outputs(
      network, texts, firstPosition: transformer.firstPosition, threads: 2)
    #expect(outputs.count == wanted.count && wanted.count > 3 && network.graph.lowRankParts.isEmpty)
    for (value, wanted) in zip(outputs, wanted) { #expect(abs(value - wanted) < 1e-5) }
  }

  @Test(
    "A setting that changes what an adapter computes, or that is not known, is refused by its name",
    arguments: [
      ("init_lora_weights", "\"pissa_niter_4\""), ("init_lora_weights", "\"corda\""),
      ("init_lora_weights", "\"loftq\""), ("init_lora_weights", "\"lora_ga\""), ("use_qalora", "true"),
      ("lora_bias", "true"), ("layer_replication", "[[0, 1]]"), ("trainable_token_indices", "[1]"),
      ("target_parameters", "[\"a\"]"), ("arrow_config", "{\"top_k\": 1}"), ("some_later_key", "3"),
    ])
  func refused(key: String, value: String) throws {
    let directory = temporaryPath("adapter")
    mkdir(directory, 0o700)
    defer { Self.remove(directory) }
    let config = try Self.json(resource("adapters/bert-lora/adapter_config.json"))
    let members = (config.members ?? []).filter { $0.key != key } + [.init(key, try JSONValue.parse(value))]
    try AtomicFile.write(JSONValue.object(members).text(), to: directory + "/adapter_config.json")
    let weights = try MappedFile(path: resource("adapters/bert-lora/adapter_model.safetensors"))
    try AtomicFile.write(to: directory + "/adapter_model.safetensors") { write in try write(weights.bytes) }
    let failure = #expect(throws: Failure.self) { try AdapterDirectory(path: directory) }
    #expect(failure?.kind == .unsupported && failure?.location.hasSuffix("#/" + key) == true)
  }

  @Test(
    "Written again, an adapter has peft's tensors by peft's names, and the settings that it is read by",
    arguments: names.filter { $0 != "bert-rslora-biases" })
  func written(name: String) throws {
    let (network, transformer) = try Self.loaded(name)
    let directory = temporaryPath("adapter")
    mkdir(directory, 0o700)
    defer { Self.remove(directory) }
    try AdapterDirectory.write(network.graph, of: transformer, base: "elsewhere/base", to: directory)
    let original = try Safetensors(path: resource("adapters/\(name)/adapter_model.safetensors")).tensors()
    let copy = try Safetensors(path: directory + "/adapter_model.safetensors").tensors()
    #expect(Set(copy.keys) == Set(original.keys))
    for (key, tensor) in original {
      #expect(
        try copy[key]?.shape == tensor.shape && copy[key]?.values.array == tensor.values.array, "\(key)")
    }
    let (before, after) = (
      try Self.json(resource("adapters/\(name)/adapter_config.json")),
      try Self.json(directory + "/adapter_config.json")
    )
    #expect(after["base_model_name_or_path"]?.string == "elsewhere/base")
    for key in [
      "peft_type", "task_type", "r", "fan_in_fan_out", "num_virtual_tokens", "token_dim", "num_layers",
      "num_attention_heads", "num_transformer_submodules",
    ] where before[key] != nil {
      #expect(before[key] == after[key], "\(key)")
    }
    // After loading it again, the network is the same.
    let (again, _) = try Self.loaded(name, directory)
    #expect(again.graph.lowRankParts.map(\.adapter) == network.graph.lowRankParts.map(\.adapter))
    #expect(
      try again.graph.parameters.map { try $0.values.array }
        == network.graph.parameters.map { try $0.values.array })
  }

  static func remove(_ directory: String) {
    for name in ["adapter_config.json", "adapter_model.safetensors"] { unlink(directory + "/" + name) }
    rmdir(directory)
  }

  enum Form: CaseIterable { case lowRank, singularValues, prefix, bottleneck, everywhere }

  @Test(
    "Gradients of every adapter in every family equal central differences",
    arguments: TransformerTests.families, Form.allCases)
  func gradients(family: String, form: Form) throws {
    let transformer = try Transformer(directory: TransformerTests.directory(family))
    let plain = try transformer.network(.own, TransformerOptions(dropout: 0)).graph
    let isTarget: (String) -> Bool = { name in
      ["query.weight", "q_lin.weight", "c_attn.weight", ".query_proj.weight"].contains(where: name.hasSuffix)
    }
    if family.hasPrefix("deberta"), form == .prefix {
      let refused = #expect(throws: Failure.self) {
        _ = try plain.addingPrefixes(PrefixAdapter(tokens: 3), tensor: normalTensor)
      }
      #expect(refused?.kind == .unsupported && refused?.message.contains("prefixes") == true)
      return
    }
    let graph =
      switch form {
      case .lowRank, .singularValues:
        try plain.addingLowRankAdapters(
          {
            isTarget($0)
              ? LowRankAdapter(rank: 2, alpha: 3, hasSingularValues: form == .singularValues) : nil
          }, tensor: normalTensor)
      case .prefix: try plain.addingPrefixes(PrefixAdapter(tokens: 3), tensor: normalTensor)
      case .bottleneck, .everywhere:
        try plain.addingBottlenecks(
          BottleneckAdapter(reduction: 5, activation: .tanh, afterAttention: form == .everywhere),
          tensor: normalTensor)
      }
    let count = graph.parameters.count - plain.parameters.count
    let adapters = Set(graph.adapterParameters.map { graph.parameters[$0].name })
    #expect(adapters == Set(graph.parameters.map(\.name)).subtracting(plain.parameters.map(\.name)))
    let layers = plain.attentionLayers.count
    let places = family.hasPrefix("albert") ? 2 : layers  // shared by the layers of a group
    switch form {
    case .lowRank: #expect(count == 2 * places && graph.lowRankParts.count == places)
    case .singularValues: #expect(count == 3 * places)
    case .prefix: #expect(count == 2 * layers && graph.prefixAdapter == PrefixAdapter(tokens: 3))
    case .bottleneck: #expect(count == 4 * layers && graph.bottleneckAdapter?.afterAttention == false)
    case .everywhere: #expect(count == 8 * layers && graph.bottleneckAdapter?.afterAttention == true)
    }
    let texts = [[4, 5, 9, 33, 2], [4, 47, 2], [4, 3, 8, 21, 40, 11, 30, 6, 2]]
    try TransformerTests.checkGradients(
      graph, texts, firstPosition: transformer.firstPosition, trains: adapters.contains)
    try TransformerTests.checkGradients(
      graph, texts, firstPosition: transformer.firstPosition, trains: { _ in true })
  }

  @Test(
    "Unsupported input is named: other kinds, other mathematics, layers and shapes that the base does not have"
  )
  func mistakes() throws {
    func failure(_ name: String, _ replacements: [(String, String)]) throws -> Failure? {
      let directory = temporaryPath("adapter")
      mkdir(directory, 0o700)
      defer { Self.remove(directory) }
      for file in ["adapter_config.json", "adapter_model.safetensors"] {
        let source = try MappedFile(path: resource("adapters/\(name)/\(file)"))
        var bytes = Array(source.bytes)
        for (old, new) in replacements {
          let (old, new) = (Array(old.utf8), Array(new.utf8))
          var index = 0
          while index + old.count <= bytes.count {
            if bytes[index..<index + old.count].elementsEqual(old) {
              bytes.replaceSubrange(index..<index + old.count, with: new)
              index += new.count
            } else {
              index += 1
            }
          }
        }
        try AtomicFile.write(to: directory + "/" + file) { write in
          try bytes.withUnsafeBytes { try write($0) }
        }
      }
      do {
        _ = try Self.loaded(name, directory)
        return nil
      } catch { return error as? Failure }
    }
    #expect(try failure("bert-lora", []) == nil)
    let kind = try failure("bert-lora", [("\"LORA\"", "\"BOFT\"")])
    #expect(kind?.kind == .unsupported && kind?.message.contains("BOFT") == true)
    let dora = try failure("bert-lora", [("\"use_dora\": false", "\"use_dora\": true")])
    #expect(dora?.kind == .invalidModel && dora?.message.contains("lora_magnitude_vector") == true)
    // Names of the same length, so that the file stays valid.
    let layer = try failure("bert-lora", [("layer.1.attention", "layer.7.attention")])
    #expect(layer?.kind == .invalidModel && layer?.message.contains("layer.7") == true)
    let half = try failure(
      "bert-lora", [("layer.1.attention.self.query.lora_B", "layer.0.attention.self.value.lora_C")])
    #expect(half?.kind == .unsupported)
    let head = try failure("bert-lora", [("model.classifier.bias", "model.classifier.bios")])
    #expect(head?.kind == .invalidModel && head?.message.contains("bios") == true)
    let prompt = try failure("bert-prefix", [("[3,96]", "[6,48]")])
    #expect(prompt?.kind == .invalidModel && prompt?.location == "prompt_embeddings")
    let alpha = try failure("bert-lora", [("\"lora_alpha\": 3", "\"lora_alpha\": \"x\"")])
    #expect(alpha?.kind == .invalidModel && alpha?.location.hasSuffix("#/lora_alpha") == true)
  }
}
