"""Makes the checkpoints of tasks/ with transformers (5.23) and PyTorch (2.15): tiny random models with heads for words,
for several labels, for masked words and for the next word, and transformers' outputs for three texts of different
lengths. For the BERTs, also eight steps of training.

    python make_tasks.py
"""

import difflib
import json
import os

import tokenizers
import torch
import torch.nn.functional as F
import transformers as t

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tasks")
texts = [[4, 5, 9, 33, 2], [4, 47, 2], [4, 3, 8, 21, 40, 11, 30, 6, 2]]
bert = dict(vocab_size=50, hidden_size=12, num_hidden_layers=1, num_attention_heads=3, intermediate_size=16,
            max_position_embeddings=32)
labels = dict(id2label={0: "O", 1: "B-PER", 2: "I-PER"}, label2id={"O": 0, "B-PER": 1, "I-PER": 2})
special = ["[PAD]", "[UNK]", "[SEP]", "[MASK]", "[CLS]"]


def roberta(kind, **more):
    return kind(type_vocab_size=1, pad_token_id=1, **bert, **more)


tags = {
    "bert": (t.BertForTokenClassification, t.BertConfig(type_vocab_size=2, **bert, **labels)),
    "roberta": (t.RobertaForTokenClassification, roberta(t.RobertaConfig, **labels)),
    "xlm-roberta": (t.XLMRobertaForTokenClassification, roberta(t.XLMRobertaConfig, **labels)),
    "electra": (t.ElectraForTokenClassification, t.ElectraConfig(embedding_size=8, **bert, **labels)),
    "distilbert": (t.DistilBertForTokenClassification, t.DistilBertConfig(
        vocab_size=50, dim=12, n_layers=1, n_heads=3, hidden_dim=16, max_position_embeddings=32, **labels)),
    "albert": (t.AlbertForTokenClassification, t.AlbertConfig(embedding_size=6, **bert, **labels)),
    "gpt2": (t.GPT2ForTokenClassification, t.GPT2Config(
        vocab_size=50, n_embd=12, n_layer=1, n_head=3, n_positions=32, **labels)),
}
deberta = dict(relative_attention=True, pos_att_type=["c2p", "p2c"], position_buckets=4, norm_rel_ebd="layer_norm",
               share_att_key=True, position_biased_input=False, **bert)
tags["deberta-v2"] = (t.DebertaV2ForTokenClassification, t.DebertaV2Config(**deberta, **labels))
several = t.BertConfig(type_vocab_size=2, problem_type="multi_label_classification",
                       id2label={0: "rude", 1: "threat", 2: "insult"}, **bert)
likelihoods = {
    "bert": (t.BertForMaskedLM, t.BertConfig(type_vocab_size=2, **bert)),
    "roberta": (t.RobertaForMaskedLM, roberta(t.RobertaConfig)),
    "xlm-roberta": (t.XLMRobertaForMaskedLM, roberta(t.XLMRobertaConfig)),
    "albert": (t.AlbertForMaskedLM, t.AlbertConfig(embedding_size=6, **bert)),
    "distilbert": (t.DistilBertForMaskedLM, t.DistilBertConfig(
        vocab_size=50, dim=12, n_layers=1, n_heads=3, hidden_dim=16, max_position_embeddings=32)),
    "deberta-v2": (t.DebertaV2ForMaskedLM, t.DebertaV2Config(legacy=False, **deberta)),
    "deberta-v2-legacy": (t.DebertaV2ForMaskedLM, t.DebertaV2Config(**deberta)),
    "gpt2": (t.GPT2LMHeadModel, t.GPT2Config(vocab_size=50, n_embd=12, n_layer=1, n_head=3, n_positions=32)),
}


# Pairs in which one word differs, words are inserted and moved, two runs of the same words compete, nothing is shared.
pairs = [([4, 5, 9, 33, 7, 2], [4, 5, 10, 33, 7, 2]), ([4, 8, 21, 40, 11, 2], [4, 30, 8, 40, 11, 6, 2]),
         ([4, 6, 7, 8, 9, 6, 7, 2], [4, 9, 6, 7, 8, 2]), ([4, 47, 2], [4, 12, 13, 2])]


def fresh(kind, config, seed):
    torch.manual_seed(seed)
    model = kind(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():  # fresh biases are 0 and would hide mistakes
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model


def save(model, name, expected):
    directory = os.path.join(here, name)
    model.save_pretrained(directory)
    with open(os.path.join(directory, "expected.json"), "w") as file:
        json.dump({"texts": texts, **expected}, file)
    extra = os.path.join(directory, "generation_config.json")
    if os.path.exists(extra):
        os.remove(extra)
    if model.config.model_type == "gpt2" and "likelihoods" in expected:  # the same words, and no special tokens
        words = {word: place for place, word in enumerate(special + [f"w{i}" for i in range(5, 50)])}
        tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(words, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
        tokenizer.save(os.path.join(directory, "tokenizer.json"))
    elif model.config.model_type == "bert" or "likelihoods" in expected:  # so that "w5 w9 w33" is the first of the texts
        with open(os.path.join(directory, "vocab.txt"), "w") as file:
            file.write("\n".join(special + [f"w{i}" for i in range(5, 50)]) + "\n")
        with open(os.path.join(directory, "tokenizer_config.json"), "w") as file:
            json.dump({"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 32}, file)


def rows(count):
    """Sentences of 2 to 6 words, their tags and their group; the tests have the same."""
    for row in range(count):
        words = [5 + (row * 7 + place * 11) % 45 for place in range(2 + row % 5)]
        yield words, [word % 3 for word in words], row % 2


def train(model, loss_of):
    """Eight steps of AdamW over batches of four, without dropout."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)
    data, losses = list(rows(16)), []
    for step in range(8):
        loss = loss_of(model, [data[(4 * step + place) % 16] for place in range(4)])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def logits(model, words):
    return model(input_ids=torch.tensor([[4] + words + [2]])).logits[0]


def tag_loss(model, batch):
    """Cross-entropy of all words, plus half the difference of its means in the two groups."""
    by_group = [[], []]
    for words, own, group in batch:
        by_group[group].append(F.cross_entropy(logits(model, words)[1:-1], torch.tensor(own), reduction="none"))
    first, second = (torch.cat(losses) for losses in by_group)
    return torch.cat([first, second]).mean() + 0.5 * (first.mean() - second.mean()).abs()


def label_loss(model, batch):
    """Binary cross-entropies summed over three labels (bits of the number of words), mean over the texts."""
    total = 0
    for words, _, _ in batch:
        target = torch.tensor([float(len(words) >> bit & 1) for bit in range(3)])
        total = total + F.binary_cross_entropy_with_logits(logits(model, words), target, reduction="sum")
    return total / len(batch)


def masked_likelihood(model, text, place):
    """The logarithm of a token's probability among the others."""
    masked = text[:place] + [3] + text[place + 1 :]
    return model(input_ids=torch.tensor([masked])).logits[0, place].log_softmax(-1)[text[place]].item()


with torch.no_grad():
    expected = {}
    for name, (kind, config) in tags.items():
        model = fresh(kind, config, len(name))
        expected[name] = {"logits": [model(input_ids=torch.tensor([text])).logits[0].tolist() for text in texts]}
for name, (kind, config) in tags.items():
    model = fresh(kind, config, len(name))
    if name == "bert":
        expected[name]["losses"] = train(fresh(kind, config, len(name)), tag_loss)
    save(model, f"{name}-tags", expected[name])
model = fresh(t.BertForSequenceClassification, several, 7)
with torch.no_grad():
    scores = [model(input_ids=torch.tensor([text])).logits[0].sigmoid().tolist() for text in texts]
tuned = fresh(t.BertForSequenceClassification, several, 7)
losses = train(tuned, label_loss)
with torch.no_grad():
    after = [tuned(input_ids=torch.tensor([text])).logits[0].sigmoid().tolist() for text in texts]
    save(model, "bert-labels", {"scores": scores, "losses": losses, "tuned": after})
    for name, (kind, config) in likelihoods.items():
        model, sums = fresh(kind, config, len(name)), []
        for text in texts:
            inner = text[1:-1]
            if name == "gpt2":  # of each word, after those before it
                scores = model(input_ids=torch.tensor([inner])).logits[0].log_softmax(-1)
                sums.append(sum(scores[place - 1, inner[place]].item() for place in range(1, len(inner))))
                continue
            sums.append(sum(masked_likelihood(model, text, place) for place in range(1, len(text) - 1)))
        shared = []
        if name != "gpt2":  # of the tokens that both have, as CrowS-Pairs compares them (Nangia et al. 2020)
            for first, second in pairs:
                blocks = difflib.SequenceMatcher(None, first, second).get_matching_blocks()
                shared.append([
                    sum(masked_likelihood(model, text, place) for block in blocks
                        for place in range(block[side], block[side] + block.size) if 0 < place < len(text) - 1)
                    for side, text in enumerate((first, second))])
        save(model, f"{name}-likelihood", {"likelihoods": sums, **({"pairs": pairs, "shared": shared} if shared else {})})
