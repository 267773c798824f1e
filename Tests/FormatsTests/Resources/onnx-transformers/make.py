"""Small transformers with random weights as PyTorch's two exporters write them, and onnxruntime's outputs for a few
texts, one at a time.

    python make.py    (torch, transformers, onnx, onnxscript, onnxruntime)
"""

import json
import os
import warnings

import numpy
import onnx
import onnxruntime
import torch
import transformers as t

warnings.filterwarnings("ignore")
torch.manual_seed(3)
SIZES = dict(vocab_size=40, hidden_size=16, num_hidden_layers=3, num_attention_heads=2, intermediate_size=24,
             max_position_embeddings=20)
SHORT = dict(vocab_size=40, dim=16, n_layers=3, n_heads=2, hidden_dim=24, max_position_embeddings=20)
TEXTS = [[2, 9, 33, 14, 21, 7, 3], [2, 30, 5, 3], [2, 3]]
TYPES = [[0, 0, 0, 0, 1, 1, 1], [0, 0, 0, 0], [0, 1]]


def made(kind, config):
    """A model without weights of 0 or 1, which would hide mistakes."""
    model = kind(config).eval()
    for parameter in model.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    return model


def export(name, model, has_types, dynamo, outputs, opset=17, is_open=True, attention="sdpa"):
    model.config._attn_implementation = attention
    names = ["input_ids", "attention_mask"] + ["token_type_ids"] * has_types
    tokens = torch.tensor([TEXTS[0], TEXTS[1] + [0] * 3])
    mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3])
    given = dict(zip(names, (tokens, mask, torch.tensor([TYPES[0], TYPES[1] + [0] * 3]))))
    if not is_open:
        given = {key: value[:1] for key, value in given.items()}

    class Plain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, *inputs):
            return tuple(self.model(**dict(zip(names, inputs)), return_dict=True)[key] for key in outputs)

    path = name + ".onnx"
    if dynamo:
        dim = torch.export.Dim.DYNAMIC
        shapes = {key: {0: dim, 1: dim} for key in names} if is_open else None
        torch.onnx.export(model, (), path, kwargs=given, dynamic_shapes=shapes, dynamo=True, verbose=False,
                          external_data=False, opset_version=opset, input_names=names, output_names=outputs)
        slim = onnx.load(path)
        for node in slim.graph.node:  # stack traces of the exporting program
            del node.metadata_props[:]
        for value in list(slim.graph.value_info) + list(slim.graph.input) + list(slim.graph.output):
            del value.metadata_props[:]
        onnx.save(slim, path)
    else:
        axes = {key: {0: "batch", 1: "tokens"} for key in names} if is_open else None
        torch.onnx.export(Plain(), tuple(given.values()), path, input_names=names, output_names=outputs,
                          dynamic_axes=axes, opset_version=opset, dynamo=False)
    session = onnxruntime.InferenceSession(path)
    taken = [port.name for port in session.get_inputs()]
    texts = TEXTS if is_open else TEXTS[:1]
    result = []
    for tokens, types in zip(texts, TYPES):
        feed = {"input_ids": [tokens], "attention_mask": [[1] * len(tokens)], "token_type_ids": [types]}
        output = session.run([outputs[0]], {key: feed[key] for key in taken})[0]
        result.append(output.reshape(-1, output.shape[-1]).tolist())
    return {"outputs": result, "takes_types": "token_type_ids" in taken}


def rescale_last_layer(name, changed):
    """The file with another scale of scores in the last layer."""
    model = onnx.load(name + ".onnx")
    makers = {output: node for node in model.graph.node for output in node.output}
    softmax = [node for node in model.graph.node if node.op_type == "Softmax"][-1]
    products = makers[makers[softmax.input[0]].input[0]]
    scales = [makers[name] for name in products.input]
    model.graph.initializer.append(onnx.numpy_helper.from_array(numpy.array(0.5, numpy.float32), "another_scale"))
    for node in scales:
        node.input[1] = "another_scale"
    onnx.save(model, changed + ".onnx")


def replace_tanh(name, changed):
    """The file with another function between the layers of its head."""
    model = onnx.load(name + ".onnx")
    for node in model.graph.node:
        if node.op_type == "Tanh":
            node.op_type = "Relu"
    onnx.save(model, changed + ".onnx")


def main():
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    bert = t.BertConfig(**SIZES, num_labels=3)
    expected = {
        "bert-script": export("bert-script", made(t.BertForSequenceClassification, bert), True, False, ["logits"]),
        "bert-script-13": export("bert-script-13", made(t.BertForSequenceClassification, bert), True, False,
                                 ["logits"], opset=13, attention="eager"),
        "bert-dynamo": export("bert-dynamo", made(t.BertForSequenceClassification, bert), True, True, ["logits"]),
        "bert-dynamo-24": export("bert-dynamo-24", made(t.BertForSequenceClassification, bert), True, True,
                                 ["logits"], opset=24),
        "bert-tags": export("bert-tags", made(t.BertForTokenClassification, bert), True, True, ["logits"],
                            opset=18),
        "bert-encoder": export("bert-encoder", made(t.BertModel, bert), True, False,
                               ["last_hidden_state", "pooler_output"]),
        "bert-untyped": export("bert-untyped", made(t.BertForSequenceClassification, bert), False, False,
                               ["logits"], attention="eager"),
        "bert-closed": export("bert-closed", made(t.BertForSequenceClassification, bert), True, False, ["logits"],
                              is_open=False),
        "electra-script": export(
            "electra-script", made(t.ElectraForSequenceClassification,
                                   t.ElectraConfig(**SIZES, embedding_size=8)), True, False, ["logits"]),
        "distilbert-script": export(
            "distilbert-script", made(t.DistilBertForSequenceClassification, t.DistilBertConfig(**SHORT)),
            False, False, ["logits"]),
        "distilbert-dynamo": export(
            "distilbert-dynamo", made(t.DistilBertForSequenceClassification, t.DistilBertConfig(**SHORT)),
            False, True, ["logits"]),
        "roberta-script": export(
            "roberta-script", made(t.RobertaForSequenceClassification,
                                   t.RobertaConfig(**SIZES, pad_token_id=1, type_vocab_size=1)),
            False, False, ["logits"]),
        "roberta-dynamo": export(
            "roberta-dynamo", made(t.RobertaForSequenceClassification,
                                   t.RobertaConfig(**SIZES, pad_token_id=1, type_vocab_size=1)),
            False, True, ["logits"]),
        "albert-script": export(
            "albert-script", made(t.AlbertForSequenceClassification,
                                  t.AlbertConfig(**SIZES, embedding_size=8)), True, False, ["logits"]),
        "albert-dynamo": export(
            "albert-dynamo", made(t.AlbertForSequenceClassification,
                                  t.AlbertConfig(**SIZES, embedding_size=8)), True, True, ["logits"]),
        "gpt2-script": export(
            "gpt2-script", made(t.GPT2ForSequenceClassification,
                                t.GPT2Config(vocab_size=40, n_embd=16, n_layer=3, n_head=2, n_positions=20, n_inner=24,
                                             pad_token_id=0, num_labels=2, use_cache=False)),
            False, False, ["logits"]),
        # Positions that are added to scores (Song et al. 2020): the form is BERT's, but the computation differs.
        "mpnet-script": export(
            "mpnet-script", made(t.MPNetForSequenceClassification,
                                 t.MPNetConfig(**SIZES)),
            False, False, ["logits"]),
    }
    rescale_last_layer("bert-dynamo", "bert-uneven")
    replace_tanh("bert-dynamo", "bert-relu")
    json.dump({"texts": TEXTS, "types": TYPES, "files": expected}, open("expected.json", "w"), indent=1)


main()
