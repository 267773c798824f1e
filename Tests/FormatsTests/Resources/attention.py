"""The forms of Attention as one operator, with the outputs of ONNX's reference implementation (onnx 1.23).

    python attention.py    writes attention.json
"""

import json
import os

import numpy
from onnx import TensorProto, helper, reference

random = numpy.random.default_rng(4)


def floats(*shape):
    return random.standard_normal(shape).astype(numpy.float32)


def case(q, k, v, mask=None, **attributes):
    inputs = {"q": q, "k": k, "v": v}
    if mask is not None:
        inputs["mask"] = mask
    kinds = {key: TensorProto.BOOL if value.dtype == bool else TensorProto.FLOAT for key, value in inputs.items()}
    node = helper.make_node("Attention", list(inputs), ["y"], **attributes)
    graph = helper.make_graph(
        [node], "g", [helper.make_tensor_value_info(key, kinds[key], value.shape) for key, value in inputs.items()],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 24)])
    y = reference.ReferenceEvaluator(model).run(None, inputs)[0]
    return {
        "attributes": attributes,
        "inputs": [{"dimensions": value.shape, "bool": value.dtype == bool, "values": value.ravel().tolist()}
                   for value in inputs.values()],
        "dimensions": y.shape, "y": y.ravel().tolist()}


q, k, v = floats(2, 3, 4, 5), floats(2, 3, 6, 5), floats(2, 3, 6, 2)
allowed = random.random((4, 6)) < 0.6
allowed[:, 0] = True
cases = [
    case(q, k, v),
    case(q, k, v, allowed),
    case(q, k, v, floats(2, 1, 4, 6), scale=0.3),
    case(q, k, v, is_causal=1),
    case(q, k, v, floats(4, 6), softcap=2.0),
    case(floats(1, 4, 3, 2), floats(1, 2, 3, 2), floats(1, 2, 3, 2)),
    case(floats(2, 3, 8), floats(2, 5, 4), floats(2, 5, 6), q_num_heads=4, kv_num_heads=2),
]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "attention.json"), "w") as file:
    json.dump(cases, file)
