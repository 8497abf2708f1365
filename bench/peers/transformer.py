"""The transformer trainer's model in PyTorch: the same equations, parameters, batches and optimiser.

Eager PyTorch with its fused pieces (linear, softmax, cross_entropy, multi-tensor AdamW); a compiler is no part of
Debian's package. Its products are OpenBLAS', which keeps its own number of threads: torch.set_num_threads does not reach
it, OPENBLAS_NUM_THREADS does.
"""
import ctypes
import time

import torch
from peer import load_arrays, serve, timed
from torch.nn import functional as F

EPSILON = 1e-5


def rms_norm(x, gain):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + EPSILON) * gain


class Model:
    def __init__(self, flat, layout, layers, heads, length):
        self.weights, self.decays, offset = {}, {}, 0
        for slot in layout:
            value = flat[offset : offset + slot["size"]].reshape(slot["shape"]).clone()
            self.weights[slot["name"]] = value.requires_grad_()
            self.decays[slot["name"]] = slot["decays"]
            offset += slot["size"]
        self.layers, self.heads = layers, heads
        pairs = self.weights["embedding"].shape[1] // heads // 2
        angles = torch.arange(length)[:, None] * 10000.0 ** (-torch.arange(pairs)[None, :] / pairs)
        self.cosines, self.sines = angles.cos(), angles.sin()
        self.mask = torch.full((length, length), float("-inf")).triu(1)

    def rotate(self, x):
        a, b = x.chunk(2, dim=-1)
        return torch.cat([a * self.cosines - b * self.sines, a * self.sines + b * self.cosines], dim=-1)

    def loss(self, inputs, targets):
        w = self.weights
        x = F.embedding(inputs, w["embedding"])
        batch, length, width = x.shape
        for layer in range(self.layers):
            get = lambda name: w[f"layer{layer}.{name}"]
            qkv = rms_norm(x, get("attentionNorm")) @ get("qkv")
            q, k, v = qkv.reshape(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            scores = self.rotate(q) @ self.rotate(k).transpose(-1, -2) * (width // self.heads) ** -0.5 + self.mask
            attended = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, width)
            x = x + attended @ get("attentionOut")
            gate, up = (rms_norm(x, get("mlpNorm")) @ get("mlpIn")).chunk(2, dim=-1)
            x = x + (F.silu(gate) * up) @ get("mlpOut")
        logits = F.linear(rms_norm(x, w["finalNorm"]), w["embedding"])
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def train(layout, parameters, threads, steps):
    """Mean seconds of a step, and the losses."""
    torch.set_num_threads(threads)
    batch, length = parameters["batchSize"], parameters["contextLength"]
    model = Model(start, layout, parameters["layers"], parameters["heads"], length)
    groups = [
        {
            "params": [value for name, value in model.weights.items() if model.decays[name] == decays],
            "weight_decay": parameters["weightDecay"] if decays else 0.0,
        }
        for decays in (True, False)
    ]
    optimiser = torch.optim.AdamW(
        groups, lr=parameters["learningRate"], betas=(parameters["beta1"], parameters["beta2"]), eps=1e-8, foreach=True
    )
    everything = list(model.weights.values())
    shape = (-1, batch, length)
    inputs, targets = tokens[:, 0].reshape(shape), tokens[:, 1].reshape(shape)

    def step(i):
        loss = model.loss(inputs[i % len(inputs)], targets[i % len(targets)])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(everything, parameters["gradientClip"])
        optimiser.step()
        return loss.item()

    losses = [step(i) for i in range(3)]
    seconds, _ = timed(lambda: [step(i) for i in range(3, 3 + steps)])
    return {"seconds": seconds / steps, "losses": losses}


def product(side):
    """Seconds of one product of two square matrices, and the processor that OpenBLAS computes for."""
    a, b = torch.ones(side, side), torch.ones(side, side)
    turns = [timed(lambda: a @ b)[0] for _ in range(20)]
    return {"seconds": sorted(turns)[len(turns) // 2], "kernels": blas_kernels(), "threads": busy_threads(a, b)}


def blas_kernels():
    """The name of the processor whose kernels OpenBLAS took; '' with another BLAS."""
    try:
        name = ctypes.CDLL("libopenblas.so.0").openblas_get_corename
    except (OSError, AttributeError):
        return ""
    name.restype = ctypes.c_char_p
    return name().decode()


def busy_threads(a, b):
    """Processor seconds in a second of products: the threads they really use."""
    spent = time.process_time()
    wall, _ = timed(lambda: [a @ b for _ in range(20)])
    return (time.process_time() - spent) / wall


arrays = load_arrays()
start = torch.tensor(arrays["start"], dtype=torch.float32)
tokens = torch.tensor(arrays["tokens"], dtype=torch.int64)
serve({"train": train, "product": product})
