import Platform

// Which settings of PEFT's adapters are understood. Every other one that is set is refused by its name: it may change
// what the adapter computes.
extension AdapterDirectory {
  /// - Throws: `unsupported` with the setting's name.
  func checkSettings() throws {
    for member in config.members ?? [] where !Self.understood.contains(member.key) {
      if Self.isOff(member.value) { continue }
      throw refusal(member.key, "which is not supported; null or false is")
    }
    if let initialization = config["init_lora_weights"], initialization != .null, kind == .lowRank {
      let word = initialization.string?.lowercased()
      guard
        initialization.bool != nil || word.map(Self.plainInitializations.contains) == true || ownPart != nil
      else {
        throw refusal(
          "init_lora_weights",
          "by which peft changes the weights of the base in a way that does not follow from the adapter's files; true, "
            + "false, \"gaussian\", \"pissa\" and \"olora\" are supported, and peft converts such adapters "
            + "(save_pretrained with path_initial_model_for_weight_conversion)")
      }
    }
  }

  private func refusal(_ key: String, _ reason: String) -> Failure {
    .unsupported(
      "\(configPath): \"\(key)\" is \((config[key] ?? .null).text()), \(reason)", at: "\(configPath)#/\(key)")
  }

  private static func isOff(_ value: JSONValue) -> Bool {
    switch value {
    case .null, .bool(false): true
    case .string(let text): text.isEmpty
    case .array(let list): list.isEmpty
    case .object(let members): members.isEmpty
    case .bool, .integer, .number: false
    }
  }

  /// Initializations that leave the base alone: A and B are in the file.
  private static let plainInitializations: Set<String> = ["gaussian", "eva", "mica", "orthogonal"]

  /// Settings that are read, or say only how the adapter was trained or where it applies, as the tensors' names do.
  private static let understood: Set<String> = [
    "peft_type", "peft_version", "task_type", "auto_mapping", "base_model_name_or_path", "revision",
    "inference_mode", "modules_to_save", "target_modules", "exclude_modules", "layers_to_transform",
    "layers_pattern", "bias", "fan_in_fan_out",
    // Low-rank adapters.
    "r", "lora_alpha", "lora_dropout", "rank_pattern", "alpha_pattern", "use_rslora", "use_dora",
    "init_lora_weights", "eva_config", "corda_config", "lora_ga_config", "loftq_config", "megatron_core",
    "qalora_group_size", "runtime_config", "ensure_weight_tying", "velora_config",
    // Prefixes, bottlenecks, IA³.
    "num_virtual_tokens", "token_dim", "num_transformer_submodules", "num_attention_heads", "num_layers",
    "encoder_hidden_size", "reduction_factor", "activation", "after_attention", "feedforward_modules",
    "init_ia3_weights",
    // Products of other matrices.
    "alpha", "rank_dropout", "rank_dropout_scale", "module_dropout", "decompose_both", "decompose_factor",
    "use_effective_conv2d", "init_weights", "projection_prng_key", "save_projection", "vera_dropout",
    "d_initial",
  ]
}
