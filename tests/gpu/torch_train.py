# SPDX-License-Identifier: MIT
"""
A training loop in PyTorch that keeps one tensor of every step for ever, each step in an
NVTX range.  The tensors have a size nothing else in it has: 1 234 432 bytes.

usage: torch_train.py [--steps N] [--clean]
"""
import argparse

import torch

PLANTED = 1234432  # a multiple of 512, which the caching allocator rounds to

parser = argparse.ArgumentParser()
parser.add_argument('--steps', type=int, default=20)
parser.add_argument('--clean', action='store_true')
args = parser.parse_args()

torch.manual_seed(1)
device = torch.device('cuda:0')
model = torch.nn.Sequential(torch.nn.Linear(256, 512), torch.nn.ReLU(), torch.nn.Linear(512, 8))
model.to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
kept = []
for step in range(args.steps):
    torch.cuda.nvtx.range_push('step')
    x = torch.randn(64, 256, device=device)
    loss = model(x).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    trace = torch.empty(PLANTED, dtype=torch.uint8, device=device)
    trace.zero_()
    if not args.clean:
        kept.append(trace)
    del trace
    torch.cuda.nvtx.range_pop()
torch.cuda.synchronize()
print(f'{args.steps} steps, loss {loss.item():.5f}')
