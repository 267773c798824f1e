"""ResNet-18: PyTorch's best settings (channels last; a frozen, optimized graph for prediction) and onnxruntime.

    images.py export <folder>      writes resnet18.onnx
    images.py <threads> <folder>   prints measurements as JSON lines
"""

import json
import statistics
import sys
import time

import torch
import torchvision


def model():
    torch.manual_seed(0)
    return torchvision.models.resnet18()


def export(folder):
    torch.onnx.export(
        model().eval(), torch.zeros(1, 3, 224, 224), f"{folder}/resnet18.onnx", dynamo=False, input_names=["image"],
        output_names=["logits"], dynamic_axes={"image": {0: "rows"}, "logits": {0: "rows"}}, opset_version=17)


def measure(who, variant, run, rounds):
    run(), run()
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        seconds.append(1000 * (time.perf_counter() - start))
    print(json.dumps({
        "case": "images", "variant": variant, "who": who, "unit": "ms", "median": statistics.median(seconds),
        "minimum": min(seconds), "maximum": max(seconds), "runs": rounds}), flush=True)


def main(threads, folder):
    import onnxruntime
    torch.set_num_threads(threads)
    network = model().eval().to(memory_format=torch.channels_last)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(f"{folder}/resnet18.onnx", options)
    for rows in (1, 8):
        x = torch.rand(rows, 3, 224, 224) * 2 - 1
        last = x.to(memory_format=torch.channels_last)
        with torch.no_grad():
            frozen = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(network, last)))
            measure("PyTorch, frozen", f"predict {rows}", lambda: frozen(last), 15)
        plain = x.numpy()
        measure("onnxruntime", f"predict {rows}", lambda: session.run(None, {"image": plain}), 15)
    measure("onnxruntime", "load", lambda: onnxruntime.InferenceSession(f"{folder}/resnet18.onnx", options), 5)

    # Frozen statistics, as in the library's default.
    network = model().to(memory_format=torch.channels_last).train()
    for part in network.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.eval()
    x = (torch.rand(16, 3, 224, 224) * 2 - 1).to(memory_format=torch.channels_last)
    labels = torch.arange(16) * 15
    optimizer = torch.optim.SGD(network.parameters(), 1e-3)

    def step():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(x), labels).backward()
        optimizer.step()

    measure("PyTorch", "train 16", step, 8)


if sys.argv[1] == "export":
    export(sys.argv[2])
else:
    main(int(sys.argv[1]), sys.argv[2])
