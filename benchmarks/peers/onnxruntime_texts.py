"""One text of 128 tokens, and batches of 32, through onnxruntime: onnxruntime_texts.py DATA SIZE THREADS prints JSON
lines. The model is that of text_models.py, exported by PyTorch."""

import json
import os
import statistics
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import numpy
import onnxruntime

data, size, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
path = f"{data}/{size}/exported.onnx"
if not os.path.exists(path):
    import torch
    import transformers
    model = transformers.BertForSequenceClassification.from_pretrained(f"{data}/{size}", attn_implementation="eager").eval()
    example = torch.ones(2, 128, dtype=torch.long)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    torch.onnx.export(
        model, (example, example, example * 0), path, input_names=names, output_names=["logits"], dynamo=False,
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in names})
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
for texts, rounds in ((1, 40), (32, 6)):
    ids = numpy.random.default_rng(0).integers(1000, 30000, (texts, 128))
    inputs = dict(input_ids=ids, attention_mask=numpy.ones_like(ids), token_type_ids=numpy.zeros_like(ids))
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        session.run(None, inputs)
        seconds.append(time.perf_counter() - start)
    seconds = seconds[len(seconds) // 5:]
    one = texts == 1
    figures = [second * 1e3 for second in seconds] if one else [texts * 128 / second for second in seconds]
    print(json.dumps({
        "case": "texts", "variant": f"{size}, {'one text' if one else '32 texts'}, f32", "who": "onnxruntime", "unit": "ms" if one else "tokens/s",
        "median": statistics.median(figures), "minimum": min(figures), "maximum": max(figures), "runs": len(figures)}))
