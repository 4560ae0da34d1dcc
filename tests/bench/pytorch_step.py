# SPDX-License-Identifier: MIT
"""Times whole training steps in PyTorch: forward, loss, backward, clipping, AdamW.

    python pytorch_step.py --d-model 64 --loops 4 --threads 2        prints one JSON line
    python pytorch_step.py ... --dtype bfloat16 --compile --serve    answers lines `steps N`

The model is that of bench_step.cpp: one layer of Ouro's kind (--feed-forward swiglu) or of GPT-2's
with rotary positions (gelu), written with PyTorch's fastest idioms: fused attention, fused AdamW, no
mask, tables of angles made once, tensors cut where that copies least, freed memory kept. Where
idioms compete (`Idioms`), they are tried before the clock starts, one after the other, and the
fastest are taken; `--compile` puts the forward and backward pass through torch.compile and tries its
modes. Before timing, loss and gradients are compared with ../golden/pytorch_model.py. A step reads
one of a few batches made beforehand.

--dtype bfloat16: weights, gradients and moments stay float32; products are computed in bfloat16,
either by autocast or by letting float32 products round their factors, whichever is faster.
"""

import contextlib
import dataclasses
import math
import pathlib
import sys
import time

import step_server

step_server.keep_freed_memory()

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "golden"))
from pytorch_model import GPT2_ROPE, LoopedTransformer, make_config, mean_loss  # noqa: E402

# Largest difference of loss and gradients, relative to the largest entry of each. What bfloat16
# leaves unnoticed is found by checking the same idioms in float32 too.
TOLERANCE = dict(float32=1e-4, bfloat16=0.1)


@dataclasses.dataclass(frozen=True)
class Idioms:
    """The choices for which no rule says which is faster on a given machine."""

    builtin_norm: bool = True  # F.rms_norm, or the same from four elementwise operations
    linear: bool = True  # F.linear with W [out, in], or x @ W with W [in, out]
    fused_attention: bool = True  # F.scaled_dot_product_attention, or products and softmax
    bfloat16: str = "no"  # autocast; rounded: float32 products may round their factors
    compiled: str = "no"  # or torch.compile: default, max-autotune, cpp-wrapper


COMPILE_ARGUMENTS = {
    "default": {},
    "max-autotune": dict(mode="max-autotune-no-cudagraphs"),
    "cpp-wrapper": dict(options={"cpp_wrapper": True}),
}


def model_config(options):
    d_model = options.d_model
    gelu = options.feed_forward == "gelu"
    kind = GPT2_ROPE if gelu else dict(d_feed_forward=(11 * d_model // 4 + 15) // 16 * 16)
    return make_config(
        **kind,
        vocab_size=options.vocab,
        max_sequence_length=options.seq,
        d_model=d_model,
        num_heads=d_model // 32,
        num_block_layers=options.block_layers,
        num_loops=options.loops,
    )


class FastModel(nn.Module):
    """The same function and parameters as `plain`, a LoopedTransformer of `model_config`."""

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
        self.future = torch.full((seq, seq), -math.inf).triu(1)

    def get(self, name):
        return self.named.get(name)

    def norm(self, x, name):
        gain, bias = self.get(f"{name}.gain"), self.get(f"{name}.bias")
        epsilon = self.config["norm_epsilon"]
        if self.idioms.builtin_norm:
            if bias is not None:
                return F.layer_norm(x, gain.shape, gain, bias, epsilon)
            return F.rms_norm(x, gain.shape, gain, epsilon)
        if bias is not None:
            x = x - x.mean(-1, keepdim=True)
        y = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + epsilon) * gain
        return y if bias is None else y + bias

    def product(self, x, weight, bias=None):
        if self.idioms.linear:
            return F.linear(x, weight, bias)
        return x @ weight if bias is None else x @ weight + bias

    def layer_product(self, x, name):
        return self.product(x, self.get(f"{name}.weight"), self.get(f"{name}.bias"))

    def attention(self, x, name):
        B, T, D = x.shape
        H = self.config["num_heads"]
        all_heads = self.layer_product(x, f"{name}.qkv").view(B, T, 3 * H, D // H)
        query_key, v = all_heads.split([2 * H, H], 2)
        halves_swapped = query_key.roll(D // H // 2, -1)
        turned = torch.addcmul(query_key * self.cos, halves_swapped, self.sin).to(v.dtype)
        q, k = turned.transpose(1, 2).chunk(2, 1)  # [B, H, T, K]
        v = v.transpose(1, 2)
        if self.idioms.fused_attention:
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = q * (D // H) ** -0.5 @ k.transpose(-1, -2) + self.future
            mixed = torch.softmax(scores, -1).to(v.dtype) @ v
        return self.layer_product(mixed.transpose(1, 2).reshape(B, T, D), f"{name}.output")

    def feed_forward(self, x, name):
        if self.config["feed_forward"] == "gelu":
            hidden = F.gelu(self.layer_product(x, f"{name}.up"), approximate="tanh")
        else:
            # Cutting the small weight spares the backward pass a copy of [B, T, 2F].
            gate_up = self.get(f"{name}.gate_up.weight")
            gate, up = gate_up.chunk(2, 0 if self.idioms.linear else 1)
            hidden = F.silu(self.product(x, gate)) * self.product(x, up)
        return self.layer_product(hidden, f"{name}.down")

    def block(self, s, name):
        sandwich = self.config["norm_placement"] == "sandwich"
        for part in ("attention", "feed_forward"):
            normed = self.norm(s, f"{name}.{part}_norm")
            update = getattr(self, part)(normed, f"{name}.{part}")
            s = s + (self.norm(update, f"{name}.{part}_post_norm") if sandwich else update)
        return s

    def forward(self, tokens):
        """Logits [B, T, V]."""
        s = F.embedding(tokens, self.named["embedding.weight"])
        for _ in range(self.config["num_loops"]):
            for layer in range(self.config["num_block_layers"]):
                s = self.block(s, f"block.{layer}")
            if self.config["loop_norm"] == "every_loop":
                s = self.norm(s, "loop_norm")
        if self.config["loop_norm"] == "once":
            s = self.norm(s, "final_norm")
        if self.config["tied_head"]:
            return F.linear(s, self.named["embedding.weight"])
        return self.product(s, self.named["head.weight"])

    def loss(self, tokens, targets):
        return F.cross_entropy(self(tokens).flatten(0, 1).float(), targets.flatten())


def make_optimizer(model):
    """AdamW that decays matrices only."""
    parameters = list(model.parameters())
    groups = [
        dict(params=[p for p in parameters if p.ndim > 1], weight_decay=0.1),
        dict(params=[p for p in parameters if p.ndim == 1], weight_decay=0.0),
    ]
    return torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), eps=1e-8, fused=True)


@contextlib.contextmanager
def precision(idioms):
    """Products in the type of `idioms`; what is computed inside may run its backward pass there."""
    if idioms.bfloat16 != "rounded":
        yield
        return
    torch.set_float32_matmul_precision("medium")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision("highest")


class Candidate:
    """A model with its optimizer and batches, and a clock around its steps."""

    def __init__(self, plain, batches, idioms):
        self.batches, self.idioms = batches, idioms
        self.model = FastModel(plain, idioms, batches[0][0].shape[1])
        self.parameters = list(self.model.parameters())
        self.optimizer = make_optimizer(self.model)
        self.next_step = 0
        self.loss = self.model.loss
        if idioms.compiled != "no":
            arguments = COMPILE_ARGUMENTS[idioms.compiled]
            self.loss = torch.compile(self.model.loss, dynamic=False, **arguments)

    def gradients(self, batch):
        """Loss, after gradients have been added to the parameters."""
        with precision(self.idioms):
            autocast = self.idioms.bfloat16 == "autocast"
            with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
                loss = self.loss(*batch)
            loss.backward()
        return loss

    def step(self):
        batch = self.batches[self.next_step % len(self.batches)]
        self.next_step += 1
        self.optimizer.zero_grad(set_to_none=True)
        self.gradients(batch)
        nn.utils.clip_grad_norm_(self.parameters, 1.0, foreach=True)
        self.optimizer.step()

    def seconds(self, steps):
        begin = time.perf_counter()
        for _ in range(steps):
            self.step()
        return time.perf_counter() - begin


def plain_loss_and_gradients(plain, batch):
    plain.zero_grad()
    tokens, targets = batch
    loss = mean_loss(plain(tokens, torch.zeros_like(tokens)), targets)
    loss.backward()
    return loss.item(), {name: p.grad.clone() for name, p in plain.named_parameters()}


def check_same_function(candidate, batch, expected, tolerance):
    """Ends the program unless loss and gradients are those of the plain model."""
    expected_loss, expected_gradients = expected
    worst = abs(candidate.gradients(batch).item() - expected_loss)
    for (name, transposed), weight in zip(candidate.model.plain_names, candidate.parameters):
        wanted = expected_gradients[name]
        difference = (weight.grad.T if transposed else weight.grad) - wanted
        worst = max(worst, (difference.abs().max() / wanted.abs().max()).item())
    if not worst < tolerance:
        sys.exit(f"pytorch_step: {candidate.idioms} differs from the plain model by {worst}")


def is_faster(candidate, best, rounds=5):
    """Whether a step of `candidate` is shorter, measured in turn: noise only ever adds time."""
    times = [(candidate.seconds(1), best.seconds(1)) for _ in range(rounds)]
    shortest, shortest_of_best = map(min, zip(*times))
    return shortest < shortest_of_best


def alternatives(options):
    """(first idioms, changes to try one after the other)."""
    bfloat16 = options.dtype == "bfloat16"
    first = Idioms(bfloat16="autocast" if bfloat16 else "no")
    changes = [dict(fused_attention=False)]
    if options.compile:
        first = dataclasses.replace(first, compiled="default")
        changes += [dict(compiled="cpp-wrapper"), dict(compiled="max-autotune")]
    else:
        changes += [dict(builtin_norm=False), dict(linear=False)]
    if bfloat16:
        changes += [dict(bfloat16="rounded")]
    return first, changes


def make_plain_model(config):
    """Matrices from N(0, 0.02^2), gains 1, biases 0."""
    plain = LoopedTransformer(config)
    for name, parameter in plain.named_parameters():
        if name.endswith(".gain"):
            nn.init.ones_(parameter)
        elif name.endswith(".bias"):
            nn.init.zeros_(parameter)
        else:
            nn.init.normal_(parameter, std=config["init_std"])
    return plain


def make_batches(num_windows, seq, vocab, count=8):
    batches = []
    for _ in range(count):
        text = torch.randint(vocab, (num_windows, seq + 1))
        batches.append((text[:, :-1].contiguous(), text[:, 1:].contiguous()))
    return batches


def fastest_candidate(options):
    """Checks every idiom against the plain model; the fastest found by changing one at a time."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    plain = make_plain_model(model_config(options))
    batches = make_batches(options.tokens // options.seq, options.seq, options.vocab)
    # What is compiled is compiled for whole batches.
    checked = batches[0] if options.compile else tuple(part[:4] for part in batches[0])
    expected = plain_loss_and_gradients(plain, checked)

    def make(idioms):
        if idioms.bfloat16 != "no":
            same = dataclasses.replace(idioms, bfloat16="no", compiled="no")
            check_same_function(
                Candidate(plain, batches, same), checked, expected, TOLERANCE["float32"]
            )
        candidate = Candidate(plain, batches, idioms)
        check_same_function(candidate, checked, expected, TOLERANCE[options.dtype])
        candidate.seconds(1)
        return candidate

    first, changes = alternatives(options)
    best = make(first)
    for change in changes:
        candidate = make(dataclasses.replace(best.idioms, **change))
        if is_faster(candidate, best):
            best = candidate
    return best


def main():
    parser = step_server.step_parser("times PyTorch's training step")
    parser.add_argument("--compile", action="store_true", help="through torch.compile")
    options = step_server.parse_step_options(parser)
    candidate = fastest_candidate(options)
    identity = dict(
        torch=torch.__version__,
        idioms=dataclasses.asdict(candidate.idioms),
        parameters=sum(p.numel() for p in candidate.parameters),
    )
    step_server.run(options, candidate.seconds, identity)


if __name__ == "__main__":
    main()
