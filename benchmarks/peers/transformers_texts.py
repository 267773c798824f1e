"""Text models in transformers and PyTorch: transformers_texts.py DATA SIZE LENGTHS KIND PRECISION THREADS prints JSON
lines of real tokens a second. The model and the texts are those of text_models.py; batches of 16, AdamW.

KIND: full, lora, head (three epochs), predict. Batches are padded to their longest text: in the order of the file
("default"), and sorted by length first ("grouped by length"). PRECISION: f32, or bf16 by autocast.
"""

import csv
import json
import statistics
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import torch
import transformers

transformers.logging.set_verbosity_error()
data, size, lengths, kind, precision, threads = sys.argv[1:6] + [int(sys.argv[6])]
torch.set_num_threads(threads)
torch.manual_seed(0)
with open(f"{data}/{size}-{lengths}.csv") as file:
    rows = [([2] + [int(word[1:]) for word in row["text"].split()] + [3], int(row["label"])) for row in csv.DictReader(file)]


def report(way, tokens, seconds):
    variant, who = f"{size}, {lengths}, {kind}, {precision}", f"PyTorch, {way}"
    print(json.dumps({
        "case": "texts", "variant": variant, "who": who, "unit": "tokens/s", "median": tokens / statistics.median(seconds),
        "minimum": tokens / max(seconds), "maximum": tokens / min(seconds), "runs": len(seconds)}))
    # Of this program alone: what getrusage gives counts the one that started it, too.
    with open("/proc/self/status") as status:
        peak = next(float(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    print(json.dumps({
        "case": "texts", "variant": f"{variant}, peak memory", "who": who, "unit": "MB", "median": peak, "minimum": peak,
        "maximum": peak, "runs": 1}))


def loss_of(model, inputs, labels):
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
        return loss(model(**inputs).logits, labels)


def batches(ordered):
    for start in range(0, len(ordered), 16):
        part = ordered[start:start + 16]
        longest = max(len(ids) for ids, _ in part)
        ids = torch.tensor([ids + [0] * (longest - len(ids)) for ids, _ in part])
        yield dict(input_ids=ids, attention_mask=(ids != 0).long(), token_type_ids=torch.zeros_like(ids)), torch.tensor([label for _, label in part])


for way, ordered in (("default", rows), ("grouped by length", sorted(rows, key=lambda row: len(row[0])))):
    if way != "default" and lengths == "fixed":
        continue
    model = transformers.BertForSequenceClassification.from_pretrained(f"{data}/{size}")
    tokens = sum(len(ids) for ids, _ in rows)
    if kind == "predict":
        model.eval()
        seconds = []
        with torch.no_grad():
            for _ in range(3):
                start = time.perf_counter()
                for inputs, _ in batches(ordered):
                    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
                        model(**inputs)
                seconds.append(time.perf_counter() - start)
        report(way, tokens, seconds)
        continue
    model.train()
    if kind == "head":
        for parameter in model.bert.parameters():
            parameter.requires_grad_(False)
    if kind == "lora":
        import peft
        model = peft.get_peft_model(model, peft.LoraConfig(
            task_type="SEQ_CLS", r=8, lora_alpha=16, lora_dropout=0.0, target_modules=["query", "value"]))
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-5, fused=True)
    loss = torch.nn.CrossEntropyLoss()
    epochs = 3 if kind == "head" else 1
    first = list(batches(ordered))[0]
    for inputs, labels in [first, first]:  # warm
        optimizer.zero_grad(set_to_none=True)
        loss_of(model, inputs, labels).backward()
        optimizer.step()
    start = time.perf_counter()
    for _ in range(epochs):
        for inputs, labels in batches(ordered):
            optimizer.zero_grad(set_to_none=True)
            loss_of(model, inputs, labels).backward()
            optimizer.step()
    report(way, tokens * epochs, [time.perf_counter() - start])
