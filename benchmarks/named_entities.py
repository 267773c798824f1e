"""The recipe of examples/named_entities.c in transformers and PyTorch: an encoder with a new head for tags, three epochs
of WikiANN's English sentences, and the F1 of its entities.

    python benchmarks/named_entities.py ENCODER TRAIN TEST [THREADS] [SEED]

prints the seconds of training and the entities' precision, recall and F1 (the rule of CoNLL's own evaluation), of the
first SENTENCES to learn from if that environment variable is set.
"""

import gzip
import os
import random
import sys
import time

import torch
import transformers


def read(path):
    sentences, words, tags = [], [], []
    for line in gzip.open(path, "rt", encoding="utf-8"):
        line = line.rstrip("\n")
        if not line:
            if words:
                sentences.append((words, tags))
            words, tags = [], []
            continue
        word, tag = line.split("\t")
        words.append(word.split(":", 1)[1])
        tags.append(tag)
    if words:
        sentences.append((words, tags))
    return sentences


def entities(tags):
    """(type, first, last) of each entity: an I- after O or another type begins one."""
    found, start, kind = [], None, None
    for place, tag in enumerate(tags + ["O"]):
        mark, _, own = tag.partition("-")
        if kind is not None and (mark != "I" or own != kind):
            found.append((kind, start, place - 1))
            kind = None
        if mark != "O" and kind is None:
            start, kind = place, own
    return found


def main():
    directory, train_path, test_path = sys.argv[1:4]
    torch.set_num_threads(int(sys.argv[4]) if len(sys.argv) > 4 else 2)
    seed = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    random.seed(seed)
    torch.manual_seed(seed)
    train, test = read(train_path), read(test_path)
    train = train[: int(os.environ.get("SENTENCES", len(train)))]
    names = sorted({tag for _, tags in train for tag in tags}, key=lambda tag: (tag != "O", tag))
    tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
    model = transformers.AutoModelForTokenClassification.from_pretrained(directory, num_labels=len(names))

    def batch(sentences):
        encoded = tokenizer([words for words, _ in sentences], is_split_into_words=True, truncation=True,
                            padding=True, return_tensors="pt")
        labels = torch.full_like(encoded["input_ids"], -100)
        for row, (_, tags) in enumerate(sentences):
            last = None
            for place, word in enumerate(encoded.word_ids(row)):
                if word is not None and word != last:
                    labels[row, place] = names.index(tags[word])
                last = word
        return encoded, labels

    epochs, size = 3, 32
    steps = epochs * ((len(train) + size - 1) // size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    model.train()
    start = time.perf_counter()
    for epoch in range(epochs):
        random.shuffle(train)
        total = 0.0
        for first in range(0, len(train), size):
            encoded, labels = batch(train[first : first + size])
            loss = model(**encoded, labels=labels).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / (steps / epochs):.4f}, {time.perf_counter() - start:.0f} s", flush=True)
    seconds = time.perf_counter() - start

    model.eval()
    gold = predicted = found = right = count = 0
    with torch.no_grad():
        for first in range(0, len(test), 64):
            encoded, labels = batch(test[first : first + 64])
            best = model(**encoded).logits.argmax(-1)
            for row, (_, tags) in enumerate(test[first : first + 64]):
                guesses = ["O"] * len(tags)
                last = None
                for place, word in enumerate(encoded.word_ids(row)):
                    if word is not None and word != last:
                        guesses[word] = names[best[row, place]]
                    last = word
                truth, guess = entities(tags), entities(guesses)
                gold, predicted = gold + len(truth), predicted + len(guess)
                found += len(set(truth) & set(guess))
                right += sum(a == b for a, b in zip(tags, guesses))
                count += len(tags)
    print(f"{seconds:.0f} s, words {right / count:.4f}, precision {found / predicted:.4f}, recall {found / gold:.4f}, "
          f"F1 {2 * found / (gold + predicted):.4f}")


main()
