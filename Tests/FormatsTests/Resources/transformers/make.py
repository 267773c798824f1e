"""Makes the checkpoints next to this file with transformers (5.23) and PyTorch (2.15): one tiny random model of each
family, with the logits that transformers gives for three texts of different lengths.

    python make.py [names]
"""

import json
import os
import sys

import torch
import transformers as t

here = os.path.dirname(os.path.abspath(__file__))
short = [[4, 5, 9, 33, 2], [4, 47, 2], [4, 3, 8, 21, 40, 11, 30, 6, 2]]
long = short[:2] + [[4, 3, 8, 21, 40, 11, 30, 6, 17, 25, 31, 8, 44, 2]]
bert = dict(vocab_size=50, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=36,
            max_position_embeddings=32)
families = {
    "bert": (t.BertForSequenceClassification, t.BertConfig(num_labels=3, type_vocab_size=2, **bert)),
    "roberta": (t.RobertaForSequenceClassification, t.RobertaConfig(num_labels=2, type_vocab_size=1, pad_token_id=1, **bert)),
    "xlm-roberta": (t.XLMRobertaForSequenceClassification, t.XLMRobertaConfig(num_labels=2, type_vocab_size=1, pad_token_id=1, **bert)),
    "electra": (t.ElectraForSequenceClassification, t.ElectraConfig(num_labels=2, embedding_size=16, **bert)),
    "distilbert": (t.DistilBertForSequenceClassification, t.DistilBertConfig(
        num_labels=2, vocab_size=50, dim=24, n_layers=2, n_heads=3, hidden_dim=36, max_position_embeddings=32)),
    "albert": (t.AlbertForSequenceClassification, t.AlbertConfig(num_labels=2, embedding_size=12, num_hidden_groups=2, **{**bert, "num_hidden_layers": 4})),
    "gpt2": (t.GPT2ForSequenceClassification, t.GPT2Config(
        num_labels=2, vocab_size=50, n_embd=24, n_layer=2, n_head=3, n_positions=32, pad_token_id=0)),
}
# As in the third version, with distances that share buckets; and a variant that differs in everything else.
relative = dict(num_labels=2, relative_attention=True, **bert)
families["deberta-v2"] = (t.DebertaV2ForSequenceClassification, t.DebertaV2Config(
    pos_att_type=["c2p", "p2c"], position_buckets=6, norm_rel_ebd="layer_norm", share_att_key=True,
    position_biased_input=False, type_vocab_size=0, **relative))
families["deberta-v2-plain"] = (t.DebertaV2ForSequenceClassification, t.DebertaV2Config(
    pos_att_type="p2c|c2p", max_relative_positions=5, type_vocab_size=2, embedding_size=16, **relative))
families["albert-inner"] = (t.AlbertForSequenceClassification, t.AlbertConfig(
    num_labels=2, embedding_size=12, num_hidden_groups=1, inner_group_num=2, **{**bert, "num_attention_heads": 2}))
families["gpt2-scaled"] = (t.GPT2ForSequenceClassification, t.GPT2Config(
    num_labels=2, vocab_size=50, n_embd=16, n_layer=3, n_head=2, n_positions=32, pad_token_id=0,
    scale_attn_by_inverse_layer_idx=True))
special = ["[PAD]", "[UNK]", "[SEP]", "[MASK]", "[CLS]"]
for name, (kind, config) in families.items():
    if sys.argv[1:] and name not in sys.argv[1:]:
        continue
    torch.manual_seed(len(name))
    texts = long if name.startswith("deberta") else short
    model = kind(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():  # fresh biases are 0 and would hide mistakes
            parameter.add_((0.3 if texts is long else 0.1) * torch.randn_like(parameter))
        expected = [model(input_ids=torch.tensor([text])).logits[0].tolist() for text in texts]
    directory = os.path.join(here, name)
    model.save_pretrained(directory)
    with open(os.path.join(directory, "expected.json"), "w") as file:
        json.dump({"texts": texts, "logits": expected}, file)
    for extra in ("generation_config.json",):
        if os.path.exists(os.path.join(directory, extra)):
            os.remove(os.path.join(directory, extra))
    if name == "deberta-v2":
        words = [(word, 0.0) for word in special] + [(f"\u2581w{i}", -1.0) for i in range(5, 50)]
        t.DebertaV2Tokenizer(vocab=words, model_max_length=32).save_pretrained(directory)
    if name == "bert":  # so that "w5 w9 w33" is the first text
        with open(os.path.join(directory, "vocab.txt"), "w") as file:
            file.write("\n".join(special + [f"w{i}" for i in range(5, 50)]) + "\n")
        with open(os.path.join(directory, "tokenizer_config.json"), "w") as file:
            json.dump({"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 32}, file)
