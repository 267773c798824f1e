"""One text of 128 tokens, and batches of 32, through onnxruntime: onnxruntime_texts.py DATA SIZE PRECISION THREADS prints
JSON lines. The model is that of text_models.py, exported by PyTorch; int8: after onnxruntime's dynamic quantization
(weights int8 with a scale for each channel), without and with its optimizer for transformers before."""

import json
import os
import statistics
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import numpy
import onnxruntime

data, size, precision, threads = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
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
plain, fused = path.replace(".onnx", "-int8.onnx"), path.replace(".onnx", "-fused-int8.onnx")
if precision == "int8" and not os.path.exists(fused):
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer
    optimized = optimizer.optimize_model(path, "bert", num_heads=12, hidden_size=384 if size == "MiniLM size" else 768)
    optimized.save_model_to_file(path.replace(".onnx", "-fused.onnx"))
    for source, target in ((path, plain), (path.replace(".onnx", "-fused.onnx"), fused)):
        quantize_dynamic(
            source, target, per_channel=True, weight_type=QuantType.QInt8, extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads


def measure(path, who):
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    for texts, rounds in ((1, 40), (32, 6)):
        ids = numpy.random.default_rng(0).integers(1000, 30000, (texts, 128))
        inputs = dict(input_ids=ids, attention_mask=numpy.ones_like(ids), token_type_ids=numpy.zeros_like(ids))
        inputs = {name: inputs[name] for name in names}
        seconds = []
        for _ in range(rounds):
            start = time.perf_counter()
            session.run(None, inputs)
            seconds.append(time.perf_counter() - start)
        seconds = seconds[len(seconds) // 5:]
        one = texts == 1
        figures = [second * 1e3 for second in seconds] if one else [texts * 128 / second for second in seconds]
        print(json.dumps({
            "case": "texts", "variant": f"{size}, {'one text' if one else '32 texts'}, {precision}", "who": who,
            "unit": "ms" if one else "tokens/s", "median": statistics.median(figures), "minimum": min(figures),
            "maximum": max(figures), "runs": len(figures)}))


if precision == "int8":
    measure(plain, "onnxruntime")
    measure(fused, "onnxruntime, its optimizer for transformers")
else:
    measure(path, "onnxruntime")
