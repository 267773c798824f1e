"""Adapters that the library trains, in peft: every kind is tuned on the tiny BERT of the tests, two on its DeBERTa,
saved, loaded by `peft.PeftModel.from_pretrained` over the same checkpoint, and must give the library's logits to 1e-5.
PEFT has no bottlenecks; hooks add them to transformers' modules.

    python adapters.py build/libequipoise.so

Needs torch, transformers and peft.
"""

import ctypes
import json
import os
import sys
import tempfile

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, logging

logging.set_verbosity_error()
logging.disable_progress_bar()
root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
checkpoints = os.path.realpath(os.path.join(root, "Tests/FormatsTests/Resources/transformers"))
base = checkpoints + "/bert"
library = ctypes.CDLL(os.path.abspath(sys.argv[1]))
library.eqp_error_message.restype = ctypes.c_char_p
library.eqp_error_message.argtypes = [ctypes.c_void_p]
ROWS = 60


def call(name, *arguments):
    error = ctypes.c_void_p()
    if getattr(library, name)(*arguments, ctypes.byref(error)):
        raise RuntimeError(f"{name}: {library.eqp_error_message(error).decode()}")


def made(name, *arguments):
    handle = ctypes.c_void_p()
    call(name, *arguments, ctypes.byref(handle))
    return handle


def texts(values):
    return (ctypes.c_char_p * len(values))(*[value.encode() for value in values])


comments = [f"w{10 + row % 7} w{31 + (row % 3 == 0)} w{20 + row % 9}" + " w44" * (row % 2) for row in range(ROWS)]
rows = made("eqp_dataset_new", ctypes.c_int64(ROWS))
call("eqp_dataset_add_text", rows, b"comment", texts(comments))
call("eqp_dataset_add_text", rows, b"about", texts(["b" if row % 2 else "a" for row in range(ROWS)]))
labels = (ctypes.c_int64 * ROWS)(*[int(row % 3 == 0 or row % 11 == 0) for row in range(ROWS)])
call("eqp_dataset_add_i64", rows, b"label", labels, None)
# The same for DeBERTa.
vocabulary = {word: index for index, word in enumerate(open(base + "/vocab.txt").read().split())}


def tuned(base, adapter):
    model = made("eqp_model_load", base.encode(), None, None)
    config = {
        "data": {"text": "comment", "label": "label", "sensitive": ["about"]},
        "fairness": [{"objective": "equalized_odds", "tolerance": 0.05}],
        "train": {"epochs": 6, "batch_size": 12, "optimizer": {"learning_rate": 0.02}, "adapter": adapter},
    }
    result, report = ctypes.c_void_p(), ctypes.c_void_p()
    call("eqp_finetune", model, rows, None, json.dumps(config).encode(), None, ctypes.byref(result), ctypes.byref(report))
    return result


def scores(model):
    values = (ctypes.c_float * ROWS)()
    call("eqp_predict_text", model, texts(comments), ctypes.c_size_t(ROWS), values, ctypes.c_size_t(ROWS))
    return torch.tensor(list(values), dtype=torch.float64)


def logits(model):
    results = []
    with torch.no_grad():
        for comment in comments:
            ids = torch.tensor([[vocabulary[word] for word in ["[CLS]", *comment.split(), "[SEP]"]]])
            outputs = model(input_ids=ids, attention_mask=torch.ones_like(ids), token_type_ids=torch.zeros_like(ids))
            results.append(outputs.logits[0])
    return torch.stack(results).double()


def with_bottlenecks(model, directory):
    """Houlsby et al. 2019, figure 2, after the dropout that comes before a residual sum."""
    tensors = load_file(directory + "/adapter_model.safetensors")
    model.load_state_dict({k.removeprefix("base_model.model."): v for k, v in tensors.items() if ".classifier." in k}, strict=False)
    for index, layer in enumerate(model.bert.encoder.layer):
        for name, module in (("attention.output.adapter_attention", layer.attention.output), ("output.adapter_output", layer.output)):
            start = f"base_model.model.bert.encoder.layer.{index}.{name}."
            weights = [tensors[start + part] for part in ("down.weight", "down.bias", "up.weight", "up.bias")]

            def hook(_, __, y, weights=weights):
                down, down_bias, up, up_bias = weights
                return y + torch.relu(y @ down.T + down_bias) @ up.T + up_bias

            module.dropout.register_forward_hook(hook)
    return model


adapters = {
    "lora": {"kind": "lora", "rank": 3, "alpha": 5},
    "lora of dense layers": {"kind": "lora", "rank": 2, "targets": ["*attention.output.dense.weight", "*layer.1.intermediate.dense.weight"]},
    "adalora": {"kind": "adalora", "rank": 2, "targets": ["*query.weight", "*value.weight", "*intermediate.dense.weight"]},
    "prefix": {"kind": "prefix", "tokens": 6},
    "bottleneck": {"kind": "bottleneck", "reduction": 4, "after_attention": True},
    "lora of DeBERTa": {"kind": "lora", "rank": 3, "alpha": 5},
    "adalora of DeBERTa": {"kind": "adalora", "rank": 2, "targets": ["*.query_proj.weight", "*.key_proj.weight"]},
}
passed = failed = 0
for name, adapter in adapters.items():
    with tempfile.TemporaryDirectory() as directory:
        base = checkpoints + ("/deberta-v2" if "DeBERTa" in name else "/bert")
        model = tuned(base, adapter)
        call("eqp_model_save", model, directory.encode(), b'{"format": "peft"}', None)
        plain = AutoModelForSequenceClassification.from_pretrained(base, num_labels=2, ignore_mismatched_sizes=True)
        if adapter["kind"] == "bottleneck":
            peer = with_bottlenecks(plain, directory)
        else:
            peer = PeftModel.from_pretrained(plain, directory)
        outputs = logits(peer.eval())
        ours = torch.logit(scores(model))
        # A probability in float32 determines its logit to about 2e-7 / (p (1 - p)).
        error = float((outputs[:, 1] - outputs[:, 0] - ours).abs().max())
        spread = float(ours.max() - ours.min())
        good = error < 1e-5 and spread > 1e-3
        passed, failed = passed + good, failed + (not good)
        print(f"{'ok' if good else 'FAILED':6} {name}: logits differ by at most {error:.1e}, between texts by {spread:.2f}")
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(failed > 0)
