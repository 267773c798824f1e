"""Text models in transformers and PyTorch: transformers_texts.py DATA SIZE LENGTHS KIND PRECISION THREADS WAY prints JSON
lines with tokens (without padding) per second. The model and the texts are those of text_models.py; batches of 16, AdamW.

KIND: full, lora, head (three epochs), predict, or "one text" (and 32 at once). PRECISION: f32, or bf16 by autocast.
WAY: "default" takes batches in the file's order, padded to their longest text; with the words "grouped by length" texts
are sorted by length first; with "compiled" the model is compiled and warmed up before it is timed. Other words are only
for the table. The peak memory is that of the process, which does nothing else.
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
data, size, lengths, kind, precision, threads, way = sys.argv[1:6] + [int(sys.argv[6]), sys.argv[7]]
torch.set_num_threads(threads)
torch.manual_seed(0)
with open(f"{data}/{size}-{lengths}.csv") as file:
    rows = [([2] + [int(word[1:]) for word in row["text"].split()] + [3], int(row["label"])) for row in csv.DictReader(file)]
if "grouped by length" in way:
    rows.sort(key=lambda row: len(row[0]))
tokens = sum(len(ids) for ids, _ in rows)
peak_name = f"{size}, {lengths}, {kind}, {precision}, peak memory"


def report(variant, unit, figures):
    print(json.dumps({
        "case": "texts", "variant": variant, "who": f"PyTorch, {way}", "unit": unit, "median": statistics.median(figures),
        "minimum": min(figures), "maximum": max(figures), "runs": len(figures)}))


def report_rate(seconds, epochs=1):
    report(f"{size}, {lengths}, {kind}, {precision}", "tokens/s", [tokens * epochs / second for second in seconds])
    # Only of this program: getrusage also counts the program that started it.
    with open("/proc/self/status") as status:
        report(peak_name, "MB", [next(float(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))])


def padded(part):
    longest = max(len(ids) for ids, _ in part)
    ids = torch.tensor([ids + [0] * (longest - len(ids)) for ids, _ in part])
    inputs = dict(input_ids=ids, attention_mask=(ids != 0).long(), token_type_ids=torch.zeros_like(ids))
    return inputs, torch.tensor([label for _, label in part])


def batches():
    return (padded(rows[start:start + 16]) for start in range(0, len(rows), 16))


def logits(inputs):
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
        return run(**inputs).logits


def warm_batches():
    """Two steps; a compiled model gets several lengths, for which it may be compiled again."""
    every = list(batches())
    return [every[0], every[len(every) // 2], every[-1], every[0]] if "compiled" in way else [every[0], every[0]]


def predict():
    with torch.no_grad():
        for inputs, _ in warm_batches():
            logits(inputs)
        seconds = []
        for _ in range(3):
            start = time.perf_counter()
            for inputs, _ in batches():
                logits(inputs)
            seconds.append(time.perf_counter() - start)
    report_rate(seconds)


def one_text():
    for count, rounds in ((1, 40), (32, 6)):
        inputs, _ = padded(rows[:count])
        seconds = []
        with torch.no_grad():
            for _ in range(3):
                logits(inputs)
            for _ in range(rounds):
                start = time.perf_counter()
                logits(inputs)
                seconds.append(time.perf_counter() - start)
        if count == 1:
            report(f"{size}, one text, {precision}", "ms", [second * 1e3 for second in seconds])
        else:
            report(f"{size}, 32 texts, {precision}", "tokens/s", [inputs["input_ids"].numel() / second for second in seconds])


def train():
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-5, fused=True)
    loss = torch.nn.CrossEntropyLoss()

    def steps(chosen):
        for inputs, labels in chosen:
            optimizer.zero_grad(set_to_none=True)
            loss(logits(inputs).float(), labels).backward()
            optimizer.step()

    steps(warm_batches())
    epochs = 3 if kind == "head" else 1
    start = time.perf_counter()
    for _ in range(epochs):
        steps(batches())
    report_rate([time.perf_counter() - start], epochs)


model = transformers.BertForSequenceClassification.from_pretrained(f"{data}/{size}")
training = kind in ("full", "lora", "head")
model.train(training)
if kind == "head":
    for parameter in model.bert.parameters():
        parameter.requires_grad_(False)
if kind == "lora":
    import peft
    model = peft.get_peft_model(model, peft.LoraConfig(
        task_type="SEQ_CLS", r=8, lora_alpha=16, lora_dropout=0.0, target_modules=["query", "value"]))
run = torch.compile(model, dynamic=lengths == "varying") if "compiled" in way else model
if training:
    train()
elif kind == "predict":
    predict()
else:
    one_text()
