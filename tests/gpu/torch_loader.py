# SPDX-License-Identifier: MIT
"""A DataLoader with worker processes and pinned memory, whose batches go to the GPU."""
import torch


class Numbers(torch.utils.data.Dataset):
    def __len__(self):
        return 256

    def __getitem__(self, i):
        return torch.full((1024,), float(i))


def main():
    loader = torch.utils.data.DataLoader(Numbers(), batch_size=32, num_workers=2,
                                         pin_memory=True)
    total = 0.0
    for epoch in range(2):
        for batch in loader:
            total += batch.to('cuda:0', non_blocking=True).sum().item()
    print(f'sum {total:.0f}')


if __name__ == '__main__':
    main()
