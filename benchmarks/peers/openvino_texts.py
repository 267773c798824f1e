"""One text of 128 tokens, and batches of 32, through OpenVINO in bfloat16 (where the processor has its instructions;
otherwise OpenVINO computes in float32): openvino_texts.py DATA SIZE THREADS prints JSON lines. The model is the file that
onnxruntime_texts.py exported."""

import json
import statistics
import sys
import time

import numpy
import openvino

data, size, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
core = openvino.Core()
settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "bf16", "PERFORMANCE_HINT": "LATENCY"}
network = core.compile_model(core.read_model(f"{data}/{size}/exported.onnx"), "CPU", settings)
precision = network.get_property("INFERENCE_PRECISION_HINT").get_type_name()
request = network.create_infer_request()
for texts, rounds in ((1, 40), (32, 6)):
    ids = numpy.random.default_rng(0).integers(1000, 30000, (texts, 128))
    inputs = dict(input_ids=ids, attention_mask=numpy.ones_like(ids), token_type_ids=numpy.zeros_like(ids))
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        request.infer(inputs)
        seconds.append(time.perf_counter() - start)
    seconds = seconds[len(seconds) // 5:]
    one = texts == 1
    figures = [second * 1e3 for second in seconds] if one else [texts * 128 / second for second in seconds]
    print(json.dumps({
        "case": "texts", "variant": f"{size}, {'one text' if one else '32 texts'}, int8", "who": f"OpenVINO, {precision}",
        "unit": "ms" if one else "tokens/s", "median": statistics.median(figures), "minimum": min(figures),
        "maximum": max(figures), "runs": len(figures)}))
