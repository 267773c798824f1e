"""Makes the adapters next to this file with peft (0.21) and transformers (5.23), over the tiny checkpoints of
../transformers, with the logits that peft gives for three texts of different lengths.

    python make.py [names]
"""

import json
import os
import sys

import peft
import torch
from transformers import AutoModelForSequenceClassification

here = os.path.dirname(os.path.abspath(__file__))
texts = [[4, 5, 9, 33, 2], [4, 47, 2], [4, 3, 8, 21, 40, 11, 30, 6, 2]]
low_rank = {"task_type": "SEQ_CLS", "r": 2, "lora_alpha": 3}
adapters = {
    "bert-lora": peft.LoraConfig(target_modules=["query", "value"], **low_rank),
    "bert-lora-patterns": peft.LoraConfig(
        target_modules=["query", "attention.output.dense", "intermediate.dense"], lora_dropout=0.1,
        rank_pattern={"layer.0.intermediate.dense": 3}, alpha_pattern={"layer.1.attention.self.query": 7},
        **low_rank),
    "bert-rslora-biases": peft.LoraConfig(target_modules=["query"], use_rslora=True, bias="all", **low_rank),
    "roberta-lora": peft.LoraConfig(target_modules=["key"], **low_rank),
    "albert-lora": peft.LoraConfig(target_modules=["query", "ffn"], **low_rank),
    "gpt2-lora": peft.LoraConfig(target_modules=["c_attn", "mlp.c_proj"], fan_in_fan_out=True, **low_rank),
    "bert-prefix": peft.PrefixTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=3),
    "roberta-prefix": peft.PrefixTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=5),
    "electra-prefix": peft.PrefixTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=4),
    "bert-dora": peft.LoraConfig(target_modules=["query", "intermediate.dense"], use_dora=True, **low_rank),
    "gpt2-dora": peft.LoraConfig(target_modules=["c_attn"], use_dora=True, fan_in_fan_out=True, **low_rank),
    "bert-pissa": peft.LoraConfig(
        target_modules=["query", "intermediate.dense"], init_lora_weights="pissa", **low_rank),
    "gpt2-pissa": peft.LoraConfig(
        target_modules=["c_attn"], init_lora_weights="pissa", fan_in_fan_out=True, **low_rank),
    "bert-olora": peft.LoraConfig(
        target_modules=["query", "output.dense"], init_lora_weights="olora", **low_rank),
    "bert-ia3": peft.IA3Config(
        task_type="SEQ_CLS", target_modules=["key", "value", "output.dense"], feedforward_modules=["output.dense"]),
    "gpt2-ia3": peft.IA3Config(
        task_type="SEQ_CLS", target_modules=["c_attn", "mlp.c_proj"], feedforward_modules=["mlp.c_proj"],
        fan_in_fan_out=True),
    "bert-loha": peft.LoHaConfig(
        task_type="SEQ_CLS", target_modules=["query", "intermediate.dense"], r=2, alpha=3),
    "bert-lokr": peft.LoKrConfig(  # one factor whole, the other a product
        task_type="SEQ_CLS", target_modules=["value", "output.dense"], r=2, alpha=3, decompose_factor=4),
    "bert-lokr-both": peft.LoKrConfig(
        task_type="SEQ_CLS", target_modules=["intermediate.dense"], r=1, alpha=2, decompose_both=True),
    "bert-vera": peft.VeraConfig(task_type="SEQ_CLS", target_modules=["query", "value"], r=3),
    "gpt2-prefix": peft.PrefixTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=2),
}
for name, config in adapters.items():
    if sys.argv[1:] and name not in sys.argv[1:]:
        continue
    torch.manual_seed(len(name))
    family = name.split("-")[0]
    base = AutoModelForSequenceClassification.from_pretrained(os.path.join(here, "..", "transformers", family))
    if base.config.pad_token_id is None:
        base.config.pad_token_id = 0
    model = peft.get_peft_model(base, config).eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():  # B is 0 at the start and would hide mistakes
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn_like(parameter))
        expected = []
        for text in texts:
            ids = torch.tensor([text])
            expected.append(model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0].tolist())
    directory = os.path.join(here, name)
    model.save_pretrained(directory)
    os.remove(os.path.join(directory, "README.md"))
    path = os.path.join(directory, "adapter_config.json")
    with open(path) as file:
        config = json.load(file)
    config["base_model_name_or_path"] = family
    with open(path, "w") as file:
        json.dump(config, file, indent=2, sort_keys=True)
    with open(os.path.join(directory, "expected.json"), "w") as file:
        json.dump({"texts": texts, "logits": expected}, file)
