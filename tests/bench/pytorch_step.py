# SPDX-License-Identifier: MIT
"""Times whole training steps in PyTorch eager: forward, loss, backward, clipping, AdamW.

    python pytorch_step.py --d-model 64 --loops 4 --seq 64 --threads 2      prints one JSON line
    python pytorch_step.py ... --serve     answers each input line `steps N` with the seconds taken

The model is Ouro's block (looplab's defaults with num_heads = D / 32, d_feed_forward = 2.75 D up to
a multiple of 16), written with PyTorch's fastest eager idioms and no compilation: fused attention,
fused AdamW, no mask, tables of angles made once, tensors cut where that copies least. Where two
idioms compete (`Idioms`), all are tried before the clock starts and the fastest is taken. Before
timing, loss and gradients are compared with ../golden/pytorch_model.py. A step reads one of a few
batches made beforehand.
"""

import argparse
import dataclasses
import itertools
import json
import pathlib
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "golden"))
from pytorch_model import LoopedTransformer, make_config, mean_loss  # noqa: E402


@dataclasses.dataclass(frozen=True)
class Idioms:
    """The choices for which no rule says which is faster on a given machine."""

    builtin_norm: bool = True  # F.rms_norm, or the same from four elementwise operations
    linear: bool = True  # F.linear with W [out, in], or x @ W with W [in, out]


def ouro_config(d_model, loops, block_layers, seq, vocab):
    return make_config(
        vocab_size=vocab,
        max_sequence_length=seq,
        d_model=d_model,
        num_heads=max(1, d_model // 32),
        d_feed_forward=(11 * d_model // 4 + 15) // 16 * 16,
        num_block_layers=block_layers,
        num_loops=loops,
    )


class FastModel(nn.Module):
    """The same function and parameters as `plain`, a LoopedTransformer with Ouro's block."""

    def __init__(self, plain, idioms, seq):
        super().__init__()
        self.config, self.idioms = plain.config, idioms
        self.plain_names = []
        self.weights = nn.ParameterList()
        for name, parameter in plain.named_parameters():
            value = parameter.detach().clone()
            transposed = idioms.linear and value.ndim == 2 and name != "embedding.weight"
            self.weights.append(nn.Parameter(value.T.contiguous() if transposed else value))
            self.plain_names.append((name, transposed))
        self.named = {name: w for (name, _), w in zip(self.plain_names, self.weights)}
        half = self.config["d_model"] // self.config["num_heads"] // 2
        frequency = self.config["rotary_base"] ** (-torch.arange(half) / half)
        angle = torch.arange(seq)[:, None, None] * frequency  # [T, 1, K/2]
        # of queries and keys at once: [T, 2H, K]
        table_shape = (seq, 2 * self.config["num_heads"], 2 * half)
        self.cos = torch.cat([angle.cos(), angle.cos()], -1).expand(table_shape).contiguous()
        self.sin = torch.cat([-angle.sin(), angle.sin()], -1).expand(table_shape).contiguous()
        order = ["attention_norm.gain", "attention.qkv.weight", "attention.output.weight"]
        order += ["attention_post_norm.gain", "feed_forward_norm.gain"]
        order += ["feed_forward.gate_up.weight", "feed_forward.down.weight"]
        order += ["feed_forward_post_norm.gain"]
        layers = range(self.config["num_block_layers"])
        self.layers = [[self.named[f"block.{i}.{name}"] for name in order] for i in layers]

    def norm(self, x, gain):
        if self.idioms.builtin_norm:
            return F.rms_norm(x, gain.shape, gain, self.config["norm_epsilon"])
        mean = x.square().mean(-1, keepdim=True)
        return x * torch.rsqrt(mean + self.config["norm_epsilon"]) * gain

    def product(self, x, weight):
        return F.linear(x, weight) if self.idioms.linear else x @ weight

    def attention(self, x, qkv, output):
        B, T, D = x.shape
        H = self.config["num_heads"]
        all_heads = self.product(x, qkv).view(B, T, 3 * H, D // H)
        query_key, v = all_heads.split([2 * H, H], 2)
        halves_swapped = query_key.roll(D // H // 2, -1)
        turned = torch.addcmul(query_key * self.cos, halves_swapped, self.sin)
        q, k = turned.transpose(1, 2).chunk(2, 1)  # [B, H, T, K]
        mixed = F.scaled_dot_product_attention(q, k, v.transpose(1, 2), is_causal=True)
        return self.product(mixed.transpose(1, 2).reshape(B, T, D), output)

    def feed_forward(self, x, gate_up, down):
        # Cutting the small weight spares the backward pass a copy of [B, T, 2F].
        gate, up = gate_up.chunk(2, 0 if self.idioms.linear else 1)
        return self.product(F.silu(self.product(x, gate)) * self.product(x, up), down)

    def forward(self, tokens):
        s = F.embedding(tokens, self.named["embedding.weight"])
        for _ in range(self.config["num_loops"]):
            for norm1, qkv, output, post1, norm2, gate_up, down, post2 in self.layers:
                s = s + self.norm(self.attention(self.norm(s, norm1), qkv, output), post1)
                s = s + self.norm(self.feed_forward(self.norm(s, norm2), gate_up, down), post2)
            s = self.norm(s, self.named["loop_norm.gain"])
        return self.product(s, self.named["head.weight"])

    def loss(self, tokens, targets):
        return F.cross_entropy(self(tokens).flatten(0, 1), targets.flatten())


def make_optimizer(model):
    """AdamW that decays matrices only."""
    parameters = list(model.parameters())
    groups = [
        dict(params=[p for p in parameters if p.ndim > 1], weight_decay=0.1),
        dict(params=[p for p in parameters if p.ndim == 1], weight_decay=0.0),
    ]
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), eps=1e-8, fused=True)


class Candidate:
    """A model with its optimizer and batches, and a clock around its steps."""

    def __init__(self, plain, batches, idioms):
        self.batches, self.idioms = batches, idioms
        self.model = FastModel(plain, idioms, batches[0][0].shape[1])
        self.parameters = list(self.model.parameters())
        self.optimizer = make_optimizer(self.model)
        self.next_step = 0

    def step(self):
        tokens, targets = self.batches[self.next_step % len(self.batches)]
        self.next_step += 1
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.model.loss(tokens, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 1.0, foreach=True)
        self.optimizer.step()
        return loss

    def seconds(self, steps):
        begin = time.perf_counter()
        for _ in range(steps):
            self.step()
        return time.perf_counter() - begin


def check_same_function(plain, batch, idioms, tolerance=1e-4):
    """Loss and gradients must be those of the plain model, relative to the largest entry."""
    tokens, targets = (row[:4] for row in batch)
    fast = FastModel(plain, idioms, tokens.shape[1])
    plain.zero_grad()
    expected = mean_loss(plain(tokens, torch.zeros_like(tokens)), targets)
    expected.backward()
    actual = fast.loss(tokens, targets)
    actual.backward()
    worst = abs(actual.item() - expected.item())
    for (name, transposed), weight in zip(fast.plain_names, fast.weights):
        grad, wanted = weight.grad, plain.get_parameter(name).grad
        difference = (grad.T if transposed else grad) - wanted
        worst = max(worst, (difference.abs().max() / wanted.abs().max()).item())
    if not worst < tolerance:
        sys.exit(f"pytorch_step: {idioms} differs from the plain model by {worst}")
    return worst


def fastest(candidates, rounds=7):
    """The candidate with the shortest step, measured in turn: noise only ever adds time."""
    for candidate in candidates:
        candidate.seconds(1)
    times = [[candidate.seconds(1) for candidate in candidates] for _ in range(rounds)]
    shortest = [min(its_times) for its_times in zip(*times)]
    return candidates[shortest.index(min(shortest))]


def make_plain_model(config):
    """Matrices from N(0, 0.02^2), gains 1."""
    plain = LoopedTransformer(config)
    for name, parameter in plain.named_parameters():
        if name.endswith(".gain"):
            nn.init.ones_(parameter)
        else:
            nn.init.normal_(parameter, std=config["init_std"])
    return plain


def make_batches(num_windows, seq, vocab, count=8):
    batches = []
    for _ in range(count):
        text = torch.randint(vocab, (num_windows, seq + 1))
        batches.append((text[:, :-1].contiguous(), text[:, 1:].contiguous()))
    return batches


def make_candidate(options):
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    config = ouro_config(
        options.d_model, options.loops, options.block_layers, options.seq, options.vocab
    )
    plain = make_plain_model(config)
    batches = make_batches(options.batch // options.seq, options.seq, options.vocab)
    all_idioms = [Idioms(*choice) for choice in itertools.product((True, False), repeat=2)]
    for idioms in all_idioms:
        check_same_function(plain, batches[0], idioms)
    return fastest([Candidate(plain, batches, idioms) for idioms in all_idioms])


def parse_options():
    parser = argparse.ArgumentParser(description="times PyTorch's training step")
    parser.add_argument("--d-model", type=int, default=64)
    parser.add_argument("--loops", type=int, default=4, help="R")
    parser.add_argument("--block-layers", type=int, default=1, help="k")
    parser.add_argument("--seq", type=int, default=64, help="T")
    parser.add_argument("--batch", type=int, default=4096, help="tokens of a batch")
    parser.add_argument("--vocab", type=int, default=512)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--serve", action="store_true", help="answer `steps N` lines")
    options = parser.parse_args()
    if options.batch % options.seq != 0:
        parser.error(f"--batch {options.batch} is not a multiple of --seq {options.seq}")
    return options


def serve(candidate):
    """Says it is ready, then times what is asked for until the input ends."""
    print("ready", json.dumps(dataclasses.asdict(candidate.idioms)), flush=True)
    for line in sys.stdin:
        words = line.split()
        if len(words) != 2 or words[0] != "steps" or not words[1].isdigit():
            sys.exit(f"pytorch_step: read {line.strip()!r}, expected: steps N")
        print(f"{candidate.seconds(int(words[1])):.9f}", flush=True)


def main():
    options = parse_options()
    candidate = make_candidate(options)
    if options.serve:
        serve(candidate)
        return
    candidate.seconds(3)
    rates = [options.batch / candidate.seconds(1) for _ in range(options.steps)]
    report = {name: value for name, value in vars(options).items() if name != "serve"}
    report |= dict(
        tokens_per_second=round(statistics.median(rates)),
        minimum=round(min(rates)),
        maximum=round(max(rates)),
        torch=torch.__version__,
        idioms=dataclasses.asdict(candidate.idioms),
    )
    print(json.dumps(report))


if __name__ == "__main__":
    main()
