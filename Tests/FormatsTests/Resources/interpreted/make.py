"""Makes the networks next to this file, which the engine cannot express, with PyTorch (2.13): for rows and gradients of
the outputs, the outputs and the gradients of all weights.

    python make.py
"""

import json
import pathlib
import sys

import numpy
import torch

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here / "../../../Interchange"))
from network_kinds import KINDS

for number, name in enumerate(["GRU", "LSTM", "FT-Transformer", "TabNet", "3-D convolution"]):
    torch.manual_seed(number)
    model, shape = dict(KINDS)[name](numpy.random.default_rng(number), 1)
    model.eval()
    with torch.no_grad():  # the exporter merges equal parameters
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    x = torch.randn(5, *shape)
    y = model(x)
    dy = torch.randn_like(y)
    (y * dy).sum().backward()
    title = name.lower().replace(" ", "-")
    torch.onnx.export(model, (x,), str(here / f"{title}.onnx"), dynamo=False, input_names=["x"], output_names=["y"],
                      dynamic_axes={"x": {0: "rows"}, "y": {0: "rows"}}, opset_version=17, do_constant_folding=False)
    (here / f"{title}.json").write_text(json.dumps({
        "rows": x.flatten(1).tolist(), "outputs": y.flatten().tolist(), "output_gradients": dy.flatten().tolist(),
        "gradients": {key: parameter.grad.flatten().tolist() for key, parameter in model.named_parameters()
                      if parameter.grad is not None}}) + "\n")
