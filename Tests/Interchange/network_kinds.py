"""Kinds of networks that people train on tables, each with random sizes: a function from a random generator and a number of
outputs to a module and the shape of a row."""

import torch
from torch import nn
from torch.nn import functional

ACTIVATIONS = [nn.ReLU, nn.GELU, nn.SiLU, nn.Mish, nn.Hardswish, nn.ELU, nn.CELU, nn.Softsign, nn.Softplus, nn.Tanh,
               nn.LeakyReLU, nn.PReLU, nn.SELU, nn.Hardsigmoid, nn.Tanhshrink, nn.LogSigmoid, nn.ReLU6, nn.Sigmoid]


def activation(random):
    return ACTIVATIONS[random.integers(len(ACTIVATIONS))]()


class Of(nn.Module):
    """A function with the modules that it uses."""

    def __init__(self, function, **parts):
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.function(self, x)


def weight(*shape):
    return nn.Parameter(torch.randn(*shape) * 0.4)


def trained_statistics(module):
    """Running statistics as after a training."""
    for part in module.modules():
        if isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)):
            part.running_mean.normal_(0, 0.3)
            part.running_var.uniform_(0.5, 2)
            part.weight.data.uniform_(0.5, 1.5)
            part.bias.data.normal_(0, 0.2)
    return module


def perceptron(random, outputs):
    widths = [int(random.integers(3, 9))] + [int(random.integers(3, 20)) for _ in range(random.integers(1, 4))]
    layers = []
    for before, after in zip(widths, widths[1:]):
        layers += [nn.Linear(before, after)]
        if random.random() < 0.5:
            layers += [[nn.BatchNorm1d, nn.LayerNorm][random.integers(2)](after)]
        layers += [activation(random), nn.Dropout(0.2)]
    return trained_statistics(nn.Sequential(*layers, nn.Linear(widths[-1], outputs))), (widths[0],)


def residual(random, outputs):
    width = int(random.integers(4, 12))
    block = [nn.Sequential(nn.BatchNorm1d(width), nn.Linear(width, 2 * width), nn.ReLU(), nn.Dropout(0.1),
                           nn.Linear(2 * width, width)) for _ in range(2)]
    module = Of(lambda self, x: self.head(torch.relu(self.norm(self.b(self.a(self.stem(x)) + self.stem(x)) + self.stem(x)))),
                stem=nn.Linear(6, width), a=block[0], b=block[1], norm=nn.BatchNorm1d(width), head=nn.Linear(width, outputs))
    return trained_statistics(module), (6,)


def recurrent(kind):
    def make(random, outputs):
        hidden, layers, both = int(random.integers(3, 8)), int(random.integers(1, 3)), bool(random.integers(2))
        options = {"nonlinearity": "relu"} if kind is nn.RNN and random.integers(2) else {}
        body = kind(3, hidden, layers, batch_first=True, bidirectional=both, **options)
        last = bool(random.integers(2))
        return Of(lambda self, x: self.head(self.body(x)[0][:, -1] if last else self.body(x)[0].mean(1)),
                  body=body, head=nn.Linear(hidden * (2 if both else 1), outputs)), (5, 3)
    return make


def feature_transformer(random, outputs):
    """FT-Transformer (Gorishniy et al. 2021)."""
    features, width, heads = int(random.integers(3, 7)), 8, int(random.choice([1, 2, 4]))
    layer = nn.TransformerEncoderLayer(width, heads, 16, 0.1, activation=str(random.choice(["relu", "gelu"])),
                                       batch_first=True, norm_first=bool(random.integers(2)))

    def forward(self, x):
        tokens = x[:, :, None] * self.weight[None] + self.bias[None]
        tokens = torch.cat([self.start.expand(x.shape[0], 1, width), tokens], 1)
        return self.head(torch.relu(self.norm(self.body(tokens)[:, 0])))
    return Of(forward, weight=weight(features, width), bias=weight(features, width), start=weight(1, 1, width),
              body=nn.TransformerEncoder(layer, int(random.integers(1, 3)), enable_nested_tensor=False),
              norm=nn.LayerNorm(width), head=nn.Linear(width, outputs)), (features,)


def own_attention(random, outputs):
    """Attention over features written by hand."""
    features, width, heads = 5, 8, 2

    def forward(self, x):
        tokens = x.unsqueeze(-1) * self.weight + self.bias
        q, k, v = (part.reshape(x.shape[0], features, heads, width // heads).transpose(1, 2)
                   for part in self.project(tokens).chunk(3, -1))
        scores = torch.softmax(q @ k.transpose(-2, -1) / (width // heads) ** 0.5, -1)
        mixed = (scores @ v).transpose(1, 2).reshape(x.shape[0], features, width)
        return self.head((tokens + mixed).flatten(1))
    return Of(forward, weight=weight(features, width), bias=weight(features, width), project=nn.Linear(width, 3 * width),
              head=nn.Linear(features * width, outputs)), (features,)


def table_transformer(random, outputs):
    """TabTransformer (Huang et al. 2020): categories attend, numbers are normalized and joined."""
    width, whole = 8, 3

    def forward(self, x):
        codes = x[:, :whole].long() + torch.arange(whole) * 4
        tokens = self.body(self.table(codes))
        return self.head(torch.cat([tokens.flatten(1), self.norm(x[:, whole:])], 1))
    module = Of(forward, table=nn.Embedding(4 * whole, width),
                body=nn.TransformerEncoderLayer(width, 2, 16, 0.1, batch_first=True), norm=nn.LayerNorm(4),
                head=nn.Sequential(nn.Linear(whole * width + 4, 12), nn.ReLU(), nn.Linear(12, outputs)))
    module.whole = whole
    return module, (whole + 4,)


def sparsemax(x):
    """Martins and Astudillo 2016, algorithm 1."""
    sorted_x, _ = torch.sort(x, -1, descending=True)
    sums = torch.cumsum(sorted_x, -1) - 1
    places = torch.arange(1, x.shape[-1] + 1, dtype=x.dtype)
    size = (places * sorted_x > sums).sum(-1, keepdim=True)
    threshold = torch.gather(sums, -1, size - 1) / size.to(x.dtype)
    return torch.clamp(x - threshold, min=0)


def sparse_steps(random, outputs):
    """TabNet's masks (Arik and Pfister 2021)."""
    features, width = 6, 8

    def forward(self, x):
        x = self.norm(x)
        prior, state, total = torch.ones_like(x), functional.glu(self.first(x)), 0
        for chooser, step in zip(self.choosers, self.steps):
            mask = sparsemax(chooser(state) * prior)
            prior = prior * (1.3 - mask)
            state = (functional.glu(step(mask * x)) + state) * 0.5 ** 0.5
            total = total + torch.relu(state)
        return self.head(total)
    module = Of(forward, norm=nn.BatchNorm1d(features), first=nn.Linear(features, 2 * width),
                choosers=nn.ModuleList([nn.Linear(width, features) for _ in range(2)]),
                steps=nn.ModuleList([nn.Linear(features, 2 * width) for _ in range(2)]), head=nn.Linear(width, outputs))
    return trained_statistics(module), (features,)


def convolution(axes):
    def make(random, outputs):
        kind = [nn.Conv1d, nn.Conv2d, nn.Conv3d][axes - 1]
        norms = [nn.GroupNorm(2, 4), [nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d][axes - 1](4, affine=True),
                 nn.Identity()]
        pool = [[nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d], [nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d]][random.integers(2)]
        size = [12, 6, 4][axes - 1]
        stride, dilation = int(random.integers(1, 3)), int(random.integers(1, 3)) if axes == 1 else 1
        body = nn.Sequential(kind(2, 4, 3, stride=stride, padding=1, dilation=dilation, bias=bool(random.integers(2))),
                             norms[random.integers(3)], activation(random), pool[axes - 1](2, 2 if stride == 1 else 1),
                             kind(4, 4, 1, groups=int(random.choice([1, 2]))), nn.ReLU())
        return Of(lambda self, x: self.head(self.body(x).mean(list(range(2, axes + 2)))), body=body,
                  head=nn.Linear(4, outputs)), (2,) + (size,) * axes
    return make


def normalized_groups(random, outputs):
    width = 8
    norm = nn.GroupNorm(int(random.choice([1, 2, 4])), width)
    return nn.Sequential(nn.Linear(5, width), norm, activation(random), nn.Linear(width, outputs)), (5,)


def sums_of_products(random, outputs):
    form = int(random.integers(3))

    def forward(self, x):
        tokens = torch.einsum("bf,fd->bfd", x, self.table)
        if form == 0:
            pairs = torch.einsum("bid,bjd->bij", tokens, tokens).flatten(1)
            return self.pairs(pairs)
        if form == 1:
            return torch.einsum("bfd,fdo->bo", torch.tanh(tokens), self.last)
        return torch.einsum("bfd,de,bge->bfg", tokens, self.middle, tokens).sum(1) @ self.ends
    return Of(forward, table=weight(4, 6), pairs=nn.Linear(16, outputs), last=weight(4, 6, outputs), middle=weight(6, 6),
              ends=weight(4, outputs)), (4,)


def bilinear(random, outputs):
    return Of(lambda self, x: self.head(torch.tanh(self.join(x[:, :3], self.side(x[:, 3:])))), join=nn.Bilinear(3, 4, 6),
              side=nn.Linear(3, 4), head=nn.Linear(6, outputs)), (6,)


def norms(random, outputs):
    form = int(random.integers(4))

    def forward(self, x):
        h = self.first(x)
        if form == 0:
            h = functional.normalize(h, dim=-1)
        elif form == 1:
            h = h / (h.norm(dim=-1, keepdim=True) + 1e-6)
        elif form == 2:
            h = h * torch.rsqrt(h.pow(2).mean(-1, keepdim=True) + 1e-6) * self.gain
        else:
            h = functional.cosine_similarity(h[:, None], self.points[None], dim=-1)
            return self.last(h)
        return self.head(h)
    return Of(forward, first=nn.Linear(5, 7), gain=weight(7), points=weight(6, 7), head=nn.Linear(7, outputs),
              last=nn.Linear(6, outputs)), (5,)


def crossing(random, outputs):
    """Deep & Cross Network (Wang et al. 2017)."""
    def forward(self, x):
        state = x
        for layer in self.layers:
            state = x * layer(state) + state
        return self.head(state)
    return Of(forward, layers=nn.ModuleList([nn.Linear(5, 5) for _ in range(3)]), head=nn.Linear(5, outputs)), (5,)


def factorization(random, outputs):
    """Factorization machine (Rendle 2010)."""
    def forward(self, x):
        products = x @ self.factors
        pairs = 0.5 * (products ** 2 - (x ** 2) @ (self.factors ** 2)).sum(-1, keepdim=True)
        return self.linear(x) + pairs
    return Of(forward, factors=weight(6, 4), linear=nn.Linear(6, outputs)), (6,)


def experts(random, outputs):
    def forward(self, x):
        gates = torch.softmax(self.gate(x), -1)
        values = torch.stack([expert(x) for expert in self.experts], 1)
        return (gates.unsqueeze(-1) * values).sum(1)
    return Of(forward, gate=nn.Linear(5, 3), experts=nn.ModuleList(
        [nn.Sequential(nn.Linear(5, 6), activation(random), nn.Linear(6, outputs)) for _ in range(3)])), (5,)


def soft_trees(random, outputs):
    """Differentiable trees of depth 2 (NODE, Popov et al. 2019)."""
    def forward(self, x):
        choice = torch.sigmoid((x @ self.features - self.thresholds) * torch.exp(self.scales))
        choice = choice.reshape(x.shape[0], 4, 2)
        sides = torch.stack([choice, 1 - choice], -1)
        leaves = (sides[:, :, 0, :, None] * sides[:, :, 1, None, :]).flatten(2)
        return torch.einsum("btl,tlo->bo", leaves, self.values)
    module = Of(forward, features=weight(5, 8), thresholds=weight(8), scales=weight(8), values=weight(4, 4, outputs))
    module.folds = True
    return module, (5,)


def distances(random, outputs):
    module = Of(lambda self, x: self.head(torch.exp(-(x[:, None] - self.centres).pow(2).sum(-1) * self.width.exp())),
                centres=weight(6, 4), width=weight(1), head=nn.Linear(6, outputs))
    module.folds = True
    return module, (4,)


def waves(random, outputs):
    def forward(self, x):
        angles = 2 * torch.pi * x[:, :, None] * self.frequencies
        return self.head(torch.cat([torch.sin(angles), torch.cos(angles)], -1).flatten(1))
    return Of(forward, frequencies=weight(4, 3), head=nn.Linear(24, outputs)), (4,)


def highway(random, outputs):
    def forward(self, x):
        state = self.first(x)
        gate = torch.sigmoid(self.gate(state))
        state = gate * torch.relu(self.inner(state)) + (1 - gate) * state
        return self.head(torch.maximum(state, self.other(x)))
    return Of(forward, first=nn.Linear(5, 6), gate=nn.Linear(6, 6), inner=nn.Linear(6, 6), other=nn.Linear(5, 6),
              head=nn.Linear(6, outputs)), (5,)


def squeezed_channels(random, outputs):
    """Squeeze and excitation (Hu et al. 2018) of a transposed convolution."""
    def forward(self, x):
        h = torch.relu(self.body(x))
        h = h * torch.sigmoid(self.gate(h.mean(-1)))[:, :, None]
        return self.head(h.amax(-1))
    return Of(forward, body=nn.ConvTranspose1d(3, 6, 3, stride=2, padding=1), gate=nn.Linear(6, 6),
              head=nn.Linear(6, outputs)), (3, 5)


def pooled_attention(random, outputs):
    def forward(self, x):
        states, _ = self.body(x)
        scores = torch.softmax(self.score(torch.tanh(states)).squeeze(-1), -1)
        return self.head((scores.unsqueeze(1) @ states).squeeze(1))
    return Of(forward, body=nn.GRU(2, 5, batch_first=True), score=nn.Linear(5, 1), head=nn.Linear(5, outputs)), (4, 2)


def multi_head(random, outputs):
    def forward(self, x):
        tokens = x.reshape(x.shape[0], 4, 6)
        mixed, _ = self.attention(tokens, tokens, tokens, need_weights=False)
        return self.head(self.norm(tokens + mixed).mean(1))
    return Of(forward, attention=nn.MultiheadAttention(6, 3, batch_first=True), norm=nn.LayerNorm(6),
              head=nn.Linear(6, outputs)), (24,)


def additive(random, outputs):
    """Neural additive model (Agarwal et al. 2021)."""
    parts = nn.ModuleList([nn.Sequential(nn.Linear(1, 5), activation(random), nn.Linear(5, outputs)) for _ in range(4)])
    return Of(lambda self, x: sum(part(x[:, place:place + 1]) for place, part in enumerate(self.parts)) + self.bias,
              parts=parts, bias=weight(outputs)), (4,)


def mixer(random, outputs):
    def forward(self, x):
        h = x.reshape(x.shape[0], 4, 3)
        h = h + self.across(self.first(h).transpose(1, 2)).transpose(1, 2)
        return self.head((h + self.within(self.second(h))).flatten(1))
    return Of(forward, first=nn.LayerNorm(3), across=nn.Sequential(nn.Linear(4, 8), nn.GELU(), nn.Linear(8, 4)),
              second=nn.LayerNorm(3), within=nn.Sequential(nn.Linear(3, 6), nn.GELU(), nn.Linear(6, 3)),
              head=nn.Linear(12, outputs)), (12,)


KINDS = [
    ("perceptron", perceptron), ("residual", residual), ("GRU", recurrent(nn.GRU)), ("LSTM", recurrent(nn.LSTM)),
    ("RNN", recurrent(nn.RNN)), ("FT-Transformer", feature_transformer), ("own attention", own_attention),
    ("TabTransformer", table_transformer), ("TabNet", sparse_steps), ("1-D convolution", convolution(1)),
    ("2-D convolution", convolution(2)), ("3-D convolution", convolution(3)), ("GroupNorm", normalized_groups),
    ("Einsum", sums_of_products), ("Bilinear", bilinear), ("norms", norms), ("crossing", crossing),
    ("factorization", factorization), ("experts", experts), ("soft trees", soft_trees), ("distances", distances),
    ("waves", waves), ("highway", highway), ("squeezed channels", squeezed_channels),
    ("pooled attention", pooled_attention), ("multi-head attention", multi_head), ("additive", additive), ("mixer", mixer),
]
