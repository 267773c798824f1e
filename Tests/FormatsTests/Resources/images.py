"""A small network over images: two convolutions, pooling and a linear layer.

    python images.py    writes images.onnx
"""

import os

import numpy
from onnx import TensorProto, checker, helper, numpy_helper, save

random = numpy.random.default_rng(5)


def weight(name, *shape):
    values = random.standard_normal(shape).astype(numpy.float32) * 0.3
    return numpy_helper.from_array(values, name)


nodes = [
    helper.make_node("Conv", ["x", "conv1.weight", "conv1.bias"], ["a"], pads=[1, 1, 1, 1]),
    helper.make_node("Relu", ["a"], ["b"]),
    helper.make_node("MaxPool", ["b"], ["c"], kernel_shape=[2, 2], strides=[2, 2]),
    helper.make_node("Conv", ["c", "conv2.weight"], ["d"]),
    helper.make_node("Relu", ["d"], ["e"]),
    helper.make_node("GlobalAveragePool", ["e"], ["f"]),
    helper.make_node("Flatten", ["f"], ["g"]),
    helper.make_node("Gemm", ["g", "head.weight", "head.bias"], ["logit"], transB=1),
]
graph = helper.make_graph(
    nodes,
    "images",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 2, 8, 8])],
    [helper.make_tensor_value_info("logit", TensorProto.FLOAT, ["batch", 1])],
    [
        weight("conv1.weight", 4, 2, 3, 3),
        weight("conv1.bias", 4),
        weight("conv2.weight", 6, 4, 3, 3),
        weight("head.weight", 1, 6),
        weight("head.bias", 1),
    ],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
checker.check_model(model)
save(model, os.path.join(os.path.dirname(os.path.abspath(__file__)), "images.onnx"))
