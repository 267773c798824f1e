"""Random checkpoints of transformers, half of them with an adapter of peft: the library gives their scores, one step of
stochastic gradient descent equals PyTorch's, and what it saves opens in transformers, peft and onnxruntime with the same.

    checkpoints.py <libequipoise.so> [how many of each] [first]

Ends with how many are equal, and why each other one is not."""

import json
import pathlib
import shutil
import sys
import tempfile
import warnings

import ctypes
import numpy
import onnxruntime
import peft
import tokenizers
import torch
import transformers

from library import Library

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
onnxruntime.set_default_logger_severity(4)
library = Library(sys.argv[1])
count = int(sys.argv[2]) if len(sys.argv) > 2 else 40
first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
RATE = 0.05
WORDS = ["<pad>", "<unk>", "</s>", "<mask>", "<s>"] + [f"w{number}" for number in range(5, 50)]
TEXTS = [f"w{10 + row % 7} w{31 + (row % 3 == 0)} w{20 + row % 9}" + " w44 w6" * (row % 2) for row in range(12)]
passed, failed, refused = 0, [], []


def tokenizer():
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({word: place for place, word in enumerate(WORDS)}, "<unk>"))
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    words.post_processor = tokenizers.processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 4), ("</s>", 2)])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=words, model_max_length=24, pad_token="<pad>",
                                                unk_token="<unk>", cls_token="<s>", sep_token="</s>", mask_token="<mask>")


def random_model(random):
    """The name of the family, and a model with random sizes and settings."""
    heads = int(random.choice([1, 2, 3, 4]))
    hidden, layers, labels = heads * int(random.choice([4, 6, 8])), int(random.integers(1, 4)), int(random.choice([2, 2, 3]))
    act = str(random.choice(["gelu", "gelu_new", "relu", "silu", "gelu_10", "quick_gelu", "mish", "relu2", "gelu_pytorch_tanh", "tanh"]))
    bert = dict(vocab_size=50, hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads, num_labels=labels,
                intermediate_size=int(random.integers(8, 40)), max_position_embeddings=28, hidden_act=act,
                layer_norm_eps=float(random.choice([1e-12, 1e-5])), pad_token_id=0)
    family = str(random.choice(["bert", "roberta", "xlm-roberta", "electra", "distilbert", "albert", "gpt2", "deberta-v2"]))
    if family == "bert":
        config = transformers.BertConfig(type_vocab_size=2, **bert)
    elif family == "roberta":
        config = transformers.RobertaConfig(type_vocab_size=1, **bert)
    elif family == "xlm-roberta":
        config = transformers.XLMRobertaConfig(type_vocab_size=1, **bert)
    elif family == "electra":
        config = transformers.ElectraConfig(embedding_size=int(random.choice([hidden, 16])), **bert)
    elif family == "distilbert":
        config = transformers.DistilBertConfig(
            num_labels=labels, vocab_size=50, dim=hidden, n_layers=layers, n_heads=heads, hidden_dim=bert["intermediate_size"],
            max_position_embeddings=28, activation=str(random.choice(["gelu", "relu"])), sinusoidal_pos_embds=bool(random.integers(2)))
    elif family == "albert":
        config = transformers.AlbertConfig(embedding_size=12, num_hidden_groups=1, inner_group_num=int(random.choice([1, 2])), **bert)
    elif family == "gpt2":
        config = transformers.GPT2Config(
            num_labels=labels, vocab_size=50, n_embd=hidden, n_layer=layers, n_head=heads, n_positions=28, pad_token_id=0,
            activation_function=act, scale_attn_by_inverse_layer_idx=bool(random.integers(2)), eos_token_id=2, bos_token_id=4)
    else:
        config = transformers.DebertaV2Config(
            relative_attention=True, pos_att_type=[["c2p", "p2c"], ["c2p"], ["p2c"]][random.integers(3)],
            position_buckets=int(random.choice([-1, 6])), norm_rel_ebd=str(random.choice(["none", "layer_norm"])),
            share_att_key=bool(random.integers(2)), position_biased_input=bool(random.integers(2)), type_vocab_size=0, **bert)
    model = transformers.AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return family, model


def random_adapter(random, family, model):
    linear = {"distilbert": ["q_lin", "v_lin", "lin1"], "gpt2": ["c_attn", "c_proj"], "deberta-v2": ["query_proj", "value_proj"],
              "albert": ["query", "value", "ffn"]}.get(family, ["query", "value", "intermediate.dense"])
    targets = list(random.choice(linear, int(random.integers(1, len(linear) + 1)), replace=False))
    heads = ["classifier", "score", "pre_classifier"]
    saved = [name for name in heads if any(part == name for part, _ in model.named_children())]
    kind = str(random.choice(["lora", "lora", "lora", "dora", "ia3", "loha", "lokr", "vera", "prefix"]))
    common = dict(task_type="SEQ_CLS", target_modules=[str(name) for name in targets], modules_to_save=saved)
    rank = int(random.integers(1, 5))
    if kind in ("lora", "dora"):
        config = peft.LoraConfig(r=rank, lora_alpha=int(random.integers(1, 17)), use_rslora=bool(random.integers(2)),
                                 bias=str(random.choice(["none", "all", "lora_only"])), use_dora=kind == "dora",
                                 rank_pattern={str(targets[0]): rank + 1} if random.random() < 0.3 else {},
                                 fan_in_fan_out=family == "gpt2",
                                 init_lora_weights=[True, True, True, "pissa", "olora"][random.integers(5)] if kind == "lora" and family != "gpt2" else True, **common)
    elif kind == "ia3":
        forward = [name for name in common["target_modules"] if name in ("lin1", "intermediate.dense", "ffn", "c_proj")]
        config = peft.IA3Config(feedforward_modules=forward, fan_in_fan_out=family == "gpt2", **common)
    elif kind == "loha":
        config = peft.LoHaConfig(r=rank, alpha=int(random.integers(1, 9)), **common)
    elif kind == "lokr":
        config = peft.LoKrConfig(r=rank, alpha=int(random.integers(1, 9)), decompose_both=bool(random.integers(2)),
                                 decompose_factor=int(random.choice([-1, 2])), **common)
    elif kind == "vera":
        config = peft.VeraConfig(r=rank, **{**common, "target_modules": common["target_modules"][:1]})
    else:
        config = peft.PrefixTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=int(random.integers(1, 6)))
    return kind, config


def logits(model):
    return torch.stack([model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long)).logits[0]
                        for ids in IDS])


def scored(model, labels):
    texts = (ctypes.c_char_p * len(TEXTS))(*[text.encode() for text in TEXTS])
    width = library.describe(model)["scores"]
    values = (ctypes.c_float * (len(TEXTS) * width))()
    library.call("eqp_predict_text", model, texts, ctypes.c_size_t(len(TEXTS)), values, ctypes.c_size_t(len(values)))
    return numpy.array(values, numpy.float64).reshape(len(TEXTS), width)


def shares(found):
    found = found.detach().double().numpy()
    powers = numpy.exp(found - found.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def check(title, theirs, ours):
    global passed
    theirs = numpy.asarray(theirs)[:, -ours.shape[1]:]
    worst = numpy.abs(theirs - ours).max()
    if worst < 1e-5:
        passed += 1
        return True
    failed.append(f"{title}: differs by {worst:.1e}")
    return False


def table(labels):
    rows = ctypes.c_void_p()
    library.call("eqp_dataset_new", ctypes.c_int64(len(TEXTS)), ctypes.byref(rows))
    for name, values in (("comment", TEXTS), ("about", ["ab"[row % 2] for row in range(len(TEXTS))])):
        library.call("eqp_dataset_add_text", rows, name.encode(), (ctypes.c_char_p * len(TEXTS))(*[value.encode() for value in values]))
    library.call("eqp_dataset_add_i64", rows, b"label", (ctypes.c_int64 * len(TEXTS))(*labels), None)
    return rows


def by_onnxruntime(path):
    session = onnxruntime.InferenceSession(path)
    names = [port.name for port in session.get_inputs()]
    rows = []
    for ids in IDS:
        given = {"input_ids": ids, "attention_mask": [1] * len(ids), "token_type_ids": [0] * len(ids)}
        outputs = session.run(None, {name: numpy.array([given[name]], numpy.int64) for name in names})
        rows.append(next(found for found in outputs if found.dtype == numpy.float32)[0])
    return numpy.array(rows, numpy.float64)


def compare(number, with_adapter, folder):
    random = numpy.random.default_rng(number + 1000 * with_adapter)
    torch.manual_seed(number)
    family, model = random_model(random)
    title = f"{number} {family}"
    base = folder / "base"
    for place in folder.iterdir():
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    if not with_adapter and random.random() < 0.3:
        kind = [torch.float16, torch.bfloat16][random.integers(2)]
        model.to(kind).save_pretrained(base)
        model = transformers.AutoModelForSequenceClassification.from_pretrained(base, dtype=torch.float32).eval()
        title += f" {str(kind)[6:]}"
    else:
        model.save_pretrained(base)
    tokenizer().save_pretrained(base)
    path, peer = base, model
    if with_adapter:
        name, config = random_adapter(random, family, model)
        title += f" with {name}"
        try:
            peer = peft.get_peft_model(model, config).eval()
            with torch.no_grad():
                for key, parameter in peer.named_parameters():
                    if parameter.requires_grad:
                        parameter.add_(0.05 * torch.randn_like(parameter))
            peer.save_pretrained(folder / "adapter")
            settings = json.loads((folder / "adapter/adapter_config.json").read_text())
            settings["base_model_name_or_path"] = str(base)
            (folder / "adapter/adapter_config.json").write_text(json.dumps(settings))
            again = transformers.AutoModelForSequenceClassification.from_pretrained(base).eval()
            peer = peft.PeftModel.from_pretrained(again, folder / "adapter").eval()
            logits(peer)
        except Exception as error:
            return f"not made: {title}: {str(error).splitlines()[0][:100]}"
        path = folder / "adapter"
    try:
        loaded = library.load(path)
        ours = scored(loaded, None)
    except RuntimeError as error:
        failed.append(f"{title}: {error}")
        return None
    with torch.no_grad():
        if not check(title, shares(logits(peer)), ours):
            return None
    classes = peer.config.num_labels
    labels = [int(value) for value in random.integers(0, classes, len(TEXTS))]
    labels[:classes] = range(classes)
    rows = table(labels)
    config = {"data": {"text": "comment", "label": "label", "sensitive": ["about"]}, "baseline": False,
              "task": "multiclass" if classes > 2 else "binary",
              "train": {"epochs": 1, "batch_size": len(TEXTS), "shuffle": False, "keep": "last", "dropout": 0,
                        "optimizer": {"name": "sgd", "learning_rate": RATE}}}
    try:
        changed = library.tune(loaded, rows, config, validation=rows)
        now = scored(changed, None)
    except RuntimeError as error:
        failed.append(f"{title} tuned: {error}")
        return None
    if not with_adapter:
        loss = torch.nn.functional.cross_entropy(logits(peer), torch.tensor(labels))
        peer.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in peer.parameters():
                if parameter.grad is not None:
                    parameter -= RATE * parameter.grad
            if not check(f"{title} after a step", shares(logits(peer)), now):
                return None
    for form in ["huggingface", "onnx"] + (["peft"] if with_adapter else []):
        saved = folder / ("saved.onnx" if form == "onnx" else "saved " + form)
        try:
            library.save(changed, saved, {"format": form})
            if form == "onnx":
                found = by_onnxruntime(str(saved))
                found = found if abs(found.sum(1) - 1).max() < 1e-4 else shares(torch.tensor(found))
            elif form == "huggingface":
                with torch.no_grad():
                    found = shares(logits(transformers.AutoModelForSequenceClassification.from_pretrained(saved, dtype=torch.float32).eval()))
            else:
                fresh = transformers.AutoModelForSequenceClassification.from_pretrained(base).eval()
                with torch.no_grad():
                    found = shares(logits(peft.PeftModel.from_pretrained(fresh, saved).eval()))
            check(f"{title} as {form}", found, now)
        except Exception as error:
            words = str(error).splitlines()[0] if str(error) else type(error).__name__
            true = "merged into the weights" in words or "has no adapter" in words or "no place in an ONNX file" in words
            (refused if true else failed).append(f"{title} as {form}: {words[:300]}")
    return None


IDS = [tokenizer()(text)["input_ids"] for text in TEXTS]
with tempfile.TemporaryDirectory() as folder:
    for number in range(first, first + count):
        for with_adapter in (False, True):
            note = compare(number, with_adapter, pathlib.Path(folder))
            if note:
                print(note)
for line in failed:
    print("FAILED ", line)
for line in refused:
    print("refused", line)
print(f"{len(refused)} refusals, each of which says why")
print(f"{passed} passed, {len(failed)} failed, 0 skipped")
sys.exit(bool(failed))
