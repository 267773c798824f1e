"""Models of texts, saved as ONNX: onnxruntime gives the library's scores for the same tokens, padded.

    texts.py <libequipoise.so>

Every file passes onnx's checker, runs in onnxruntime, gives the library's scores to 1e-5 and its labels; opened by the
library again, by itself, it gives the same numbers. The models are small BERTs with random weights."""

import ctypes
import json
import pathlib
import sys
import tempfile

import numpy
import onnx
import onnxruntime

library = ctypes.CDLL(sys.argv[1])
library.eqp_error_message.restype = ctypes.c_char_p
library.eqp_set_threads(2, None)
CHECKPOINTS = pathlib.Path(__file__).resolve().parent.parent / "FormatsTests/Resources/transformers"
VOCABULARY = (CHECKPOINTS / "bert/vocab.txt").read_text().split("\n")
TEXTS = ["w5 w9 w33", "w47", "w8 w21 w40 w11 w30 w6 w7 w44", "w13 w13"]


def call(function, *arguments):
    error = ctypes.c_void_p()
    if function(*arguments, ctypes.byref(error)) != 0:
        raise RuntimeError(library.eqp_error_message(error).decode())


def loaded(path, options=None):
    model = ctypes.c_void_p()
    call(library.eqp_model_load, str(path).encode(), options and json.dumps(options).encode(), None, ctypes.byref(model))
    return model


def scored(model, width):
    """The library's scores of each text."""
    texts = (ctypes.c_char_p * len(TEXTS))(*(text.encode() for text in TEXTS))
    scores = (ctypes.c_float * (len(TEXTS) * width))()
    call(library.eqp_predict_text, model, texts, ctypes.c_size_t(len(TEXTS)), scores, ctypes.c_size_t(len(scores)))
    return numpy.array(scores).reshape(len(TEXTS), width)


def tuned(base):
    """A classifier of two classes that learnt, with a low-rank adapter, whether w5 is in a text."""
    rows, random = 200, numpy.random.default_rng(1)
    texts, labels = [], []
    for row in range(rows):
        words = [f"w{number}" for number in random.integers(6, 50, random.integers(1, 8))]
        labels.append("yes" if row % 2 else "no")
        texts.append(" ".join((["w5"] if row % 2 else []) + words))
    dataset = ctypes.c_void_p()
    call(library.eqp_dataset_new, ctypes.c_int64(rows), ctypes.byref(dataset))
    for name, values in (("text", texts), ("label", labels)):
        column = (ctypes.c_char_p * rows)(*(value.encode() for value in values))
        call(library.eqp_dataset_add_text, dataset, name.encode(), column)
    config = {"data": {"text": "text", "label": "label", "positive": "yes"}, "threshold": 0.4,
              "train": {"epochs": 20, "batch_size": 20, "adapter": {"kind": "lora"},
                        "optimizer": {"learning_rate": 0.01}}}
    model = ctypes.c_void_p()
    call(library.eqp_finetune, base, dataset, None, json.dumps(config).encode(), None, ctypes.byref(model), None)
    return model


def padded():
    """The tokens of the texts: [CLS] … [SEP], then zeros."""
    rows = [[4] + [VOCABULARY.index(word) for word in text.split()] + [2] for text in TEXTS]
    longest = max(map(len, rows))
    tokens = numpy.array([row + [0] * (longest - len(row)) for row in rows], numpy.int64)
    mask = numpy.array([[1] * len(row) + [0] * (longest - len(row)) for row in rows], numpy.int64)
    return {"input_ids": tokens, "attention_mask": mask, "token_type_ids": numpy.zeros_like(tokens)}


passed = failed = 0


def check(title, model, folder, width, output, normalizes=False, threshold=None):
    global passed, failed
    try:
        path = folder / "saved.onnx"
        call(library.eqp_model_save, model, str(path).encode(), None, None)
        onnx.checker.check_model(str(path), full_check=True)
        session = onnxruntime.InferenceSession(str(path))
        values = session.run(None, padded())
        outputs = dict(zip((port.name for port in session.get_outputs()), values))
        ours, theirs = scored(model, width), outputs[output][:, -width:]
        if normalizes:
            theirs = theirs / numpy.linalg.norm(theirs, axis=1, keepdims=True)
        worst = float(numpy.abs(theirs - ours).max())
        assert worst < 1e-5, f"scores differ by {worst:.1e}"
        assert numpy.ptp(ours) > 0.01, "all scores are the same"
        if threshold is not None:
            wanted = ["yes" if row[-1] >= threshold else "no" for row in ours]
            assert outputs["label"].tolist() == wanted, outputs["label"]
            assert len(set(wanted)) == 2, "every label is the same"
        # The file has the adapters merged.
        assert numpy.allclose(scored(loaded(path), width), ours, atol=1e-6), "opened again it predicts something else"
        passed += 1
        print(f"ok      {title}: differs by {worst:.1e}")
    except Exception as error:  # a failing case must not hide the others
        failed += 1
        print(f"FAILED  {title}: {error}")


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    bert = loaded(CHECKPOINTS / "bert")
    check("a checkpoint's own three classes", bert, folder, 3, "probabilities")
    check("two classes learnt by an adapter, a threshold of 0.4", tuned(bert), folder, 1, "probabilities", threshold=0.4)
    call(library.eqp_model_save, bert, str(folder / "bert.onnx").encode(), None, None)
    check("the same from a file", tuned(loaded(folder / "bert.onnx")), folder, 1, "probabilities", threshold=0.4)
    check("several labels at once", loaded(CHECKPOINTS / "tasks/bert-labels"), folder, 3, "probabilities")
    encoder = folder / "encoder"
    encoder.mkdir()
    for name in ("vocab.txt", "tokenizer_config.json"):
        (encoder / name).write_bytes((CHECKPOINTS / "bert" / name).read_bytes())
    config = json.loads((CHECKPOINTS / "bert/config.json").read_text())
    (encoder / "config.json").write_text(json.dumps({**config, "architectures": ["BertModel"]}))
    weights = (CHECKPOINTS / "bert/model.safetensors").read_bytes()
    (encoder / "model.safetensors").write_bytes(weights.replace(b'"classifier.', b'"unusedhead.'))
    for pooling in ("mean", "first", "maximum"):
        check(f"an encoder's {pooling}", loaded(encoder, {"pooling": pooling}), folder, 24, "sentence_embedding")
print(f"{passed} passed, {failed} failed, 0 skipped")
sys.exit(failed > 0)
