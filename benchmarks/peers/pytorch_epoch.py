"""One epoch of the network 100-64-32-1 with the gap penalty in PyTorch's best eager loop: the data in
memory, shuffled once an epoch, groups as float masks. pytorch_epoch.py <batch> <threads>"""

import sys

import torch
from timing import measure, report

batch, threads = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(0)
rows = 32561
x = torch.randn(rows, 100)
z = (torch.rand(rows) < 0.33).float()
y = (torch.rand(rows) < 0.24).float()
model = torch.nn.Sequential(
    torch.nn.Linear(100, 64), torch.nn.ReLU(), torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
cross_entropy = torch.nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)


def epoch():
    order = torch.randperm(rows)
    xs, ys, zs = x[order], y[order], z[order]
    for start in range(0, rows, batch):
        logits = model(xs[start:start + batch]).squeeze(1)
        mask = zs[start:start + batch]
        inside = mask.sum()
        sum_inside = (logits * mask).sum()
        gap = ((logits.sum() - sum_inside) / (mask.numel() - inside).clamp(min=1) - sum_inside / inside.clamp(min=1)).abs()
        loss = cross_entropy(logits, ys[start:start + batch]) + gap
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


report("fair_epoch", f"batch {batch}", "PyTorch eager", "ms", measure(epoch, 7, warm=2), 1e3)
