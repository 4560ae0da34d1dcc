# SPDX-License-Identifier: MIT
"""looplab's LoopedTransformer in plain PyTorch: the judge of the golden files.

    tokens -> embedding -> prelude -> [ injection, loop index, k blocks, norm ] x R -> coda -> head

Written for reading, not for speed: explicit masks, explicit softmax, one line per equation, any
floating-point type. Field names are those of `LoopedTransformerConfig`, parameter names those of
looplab's models, so `state_dict()` can be stored and loaded by name. Linear weights are [in, out].

Shapes: B batch, T sequence, D d_model, H heads, K = D / H, F d_feed_forward, V vocabulary, R loops.
"""

import math

import torch
from torch import nn

IGNORE_INDEX = -100  # target of a position that is not scored

DEFAULTS = dict(  # LoopedTransformerConfig's, which are Ouro's block
    vocab_size=0,
    max_sequence_length=512,
    d_model=64,
    num_heads=2,
    d_feed_forward=0,
    num_prelude_layers=0,
    num_block_layers=1,
    num_coda_layers=0,
    num_loops=4,
    max_loops=0,
    backprop_loops=0,
    norm="rms",
    norm_placement="sandwich",
    loop_norm="every_loop",
    norm_epsilon=1e-6,
    residual_scale="one",
    feed_forward="swiglu",
    positions="rotary",
    rotary_base=10000.0,
    attention_mask="causal",
    input_injection="none",
    loop_embedding="none",
    biases=False,
    tied_head=False,
    initialization="normal",
    init_std=0.02,
)
GPT2_ROPE = dict(
    norm="layer",
    norm_placement="pre",
    loop_norm="once",
    norm_epsilon=1e-5,
    feed_forward="gelu",
    positions="rotary",
    biases=True,
    tied_head=True,
    initialization="scaled_residual",
)


def make_config(**changes):
    """All fields, with the zeros that stand for a rule replaced by numbers."""
    unknown = set(changes) - set(DEFAULTS)
    if unknown:
        raise ValueError(f"make_config: unknown fields {sorted(unknown)}")
    config = DEFAULTS | changes
    d_model = config["d_model"]
    if config["d_feed_forward"] == 0:
        gelu = config["feed_forward"] == "gelu"
        config["d_feed_forward"] = 4 * d_model if gelu else (5 * d_model // 2 + 15) // 16 * 16
    if config["max_loops"] == 0:
        config["max_loops"] = config["num_loops"]
    return config


class Linear(nn.Module):
    """y = x W + b with W [in, out]."""

    def __init__(self, d_in, d_out, bias):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(d_in, d_out))
        self.bias = nn.Parameter(torch.empty(d_out)) if bias else None

    def forward(self, x):
        y = x @ self.weight
        return y if self.bias is None else y + self.bias


class Table(nn.Module):
    """Rows looked up by index."""

    def __init__(self, num_rows, d_model):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_rows, d_model))

    def forward(self, index):
        return self.weight[index]


class Norm(nn.Module):
    """rms: x / sqrt(mean(x^2) + eps) * gain; layer: the same of x - mean(x), plus a bias."""

    def __init__(self, config):
        super().__init__()
        self.epsilon = config["norm_epsilon"]
        self.gain = nn.Parameter(torch.empty(config["d_model"]))
        layer = config["norm"] == "layer"
        self.bias = nn.Parameter(torch.empty(config["d_model"])) if layer else None

    def forward(self, x):
        if self.bias is not None:
            x = x - x.mean(-1, keepdim=True)
        y = x / torch.sqrt((x * x).mean(-1, keepdim=True) + self.epsilon) * self.gain
        return y if self.bias is None else y + self.bias


def rotate(x, position, base):
    """Rotary embedding of x [B, H, T, K]: pairs (i, i + K/2) turn by position * base^(-2i/K)."""
    half = x.shape[-1] // 2
    i = torch.arange(half, dtype=x.dtype)
    angle = position[:, None, :, None].to(x.dtype) * base ** (-2 * i / x.shape[-1])
    first, second = x[..., :half], x[..., half:]
    return torch.cat(
        [
            first * angle.cos() - second * angle.sin(),
            second * angle.cos() + first * angle.sin(),
        ],
        -1,
    )


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        d_model = config["d_model"]
        self.qkv = Linear(d_model, 3 * d_model, config["biases"])
        self.output = Linear(d_model, d_model, config["biases"])

    def forward(self, x, position, visible):
        B, T, D = x.shape
        H = self.config["num_heads"]
        # [B, T, 3D] -> three of [B, H, T, K]
        q, k, v = self.qkv(x).view(B, T, 3, H, D // H).permute(2, 0, 3, 1, 4)
        if self.config["positions"] == "rotary":
            q = rotate(q, position, self.config["rotary_base"])
            k = rotate(k, position, self.config["rotary_base"])
        scores = q @ k.transpose(-1, -2) / math.sqrt(D // H)
        scores = scores.masked_fill(~visible[:, None], -math.inf)
        mixed = torch.softmax(scores, -1) @ v
        return self.output(mixed.transpose(1, 2).reshape(B, T, D))


def gelu(x):
    """The tanh form."""
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


class FeedForward(nn.Module):
    def __init__(self, config):
        super().__init__()
        D, F, biases = config["d_model"], config["d_feed_forward"], config["biases"]
        self.gated = config["feed_forward"] == "swiglu"
        if self.gated:
            self.gate_up = Linear(D, 2 * F, biases)
        else:
            self.up = Linear(D, F, biases)
        self.down = Linear(F, D, biases)

    def forward(self, x):
        if not self.gated:
            return self.down(gelu(self.up(x)))
        gate, up = self.gate_up(x).chunk(2, -1)
        return self.down(gate * torch.sigmoid(gate) * up)


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.placement = config["norm_placement"]
        self.attention_norm = Norm(config)
        self.attention = Attention(config)
        self.feed_forward_norm = Norm(config)
        self.feed_forward = FeedForward(config)
        if self.placement == "sandwich":
            self.attention_post_norm = Norm(config)
            self.feed_forward_post_norm = Norm(config)

    def forward(self, x, position, visible, scale=1.0):
        def attend(y):
            return scale * self.attention(y, position, visible)

        def feed(y):
            return scale * self.feed_forward(y)

        if self.placement == "post":
            x = self.attention_norm(x + attend(x))
            return self.feed_forward_norm(x + feed(x))
        if self.placement == "pre":
            x = x + attend(self.attention_norm(x))
            return x + feed(self.feed_forward_norm(x))
        y = self.attention(self.attention_norm(x), position, visible)
        x = x + scale * self.attention_post_norm(y)
        y = self.feed_forward(self.feed_forward_norm(x))
        return x + scale * self.feed_forward_post_norm(y)


class LoopedTransformer(nn.Module):
    """`config` has every field of looplab's LoopedTransformerConfig (`make_config`)."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        V, D = config["vocab_size"], config["d_model"]
        self.embedding = Table(V, D)
        if config["positions"] == "learned":
            self.position_embedding = Table(config["max_sequence_length"], D)
        self.prelude = nn.ModuleList(Block(config) for _ in range(config["num_prelude_layers"]))
        if config["input_injection"] == "linear":
            self.injection = Linear(2 * D, D, config["biases"])
        if config["loop_embedding"] == "learned":
            self.loop_embedding = Table(config["max_loops"], D)
        self.block = nn.ModuleList(Block(config) for _ in range(config["num_block_layers"]))
        if config["loop_norm"] == "every_loop":
            self.loop_norm = Norm(config)
        self.coda = nn.ModuleList(Block(config) for _ in range(config["num_coda_layers"]))
        if config["loop_norm"] == "once" or config["num_coda_layers"] > 0:
            self.final_norm = Norm(config)
        if not config["tied_head"]:
            self.head = Linear(D, V, False)

    def one_loop(self, s, e, r, num_loops, position, visible):
        """The state after loop r, from the state s before it and the prelude's output e."""
        if self.config["input_injection"] == "add":
            s = s + e
        elif self.config["input_injection"] == "linear":
            s = self.injection(torch.cat([s, e], -1))
        if self.config["loop_embedding"] == "learned":
            s = s + self.loop_embedding.weight[r]
        scale = 1.0 / num_loops if self.config["residual_scale"] == "inverse_loops" else 1.0
        for block in self.block:
            s = block(s, position, visible, scale)
        return self.loop_norm(s) if self.config["loop_norm"] == "every_loop" else s

    def forward(self, tokens, documents, num_loops=0):
        """Logits [B, T, V]. `documents` [B, T]: where the document of each token begins."""
        num_loops = num_loops or self.config["num_loops"]
        index = torch.arange(tokens.shape[1])
        position = index - documents
        visible = documents[:, :, None] == documents[:, None, :]  # [B, query, key]
        if self.config["attention_mask"] == "causal":
            visible = visible & (index[None, :] <= index[:, None])

        e = self.embedding(tokens)
        if self.config["positions"] == "learned":
            e = e + self.position_embedding(position)
        for block in self.prelude:
            e = block(e, position, visible)

        s = e if self.config["input_injection"] == "none" else torch.zeros_like(e)
        with_gradient = self.config["backprop_loops"] or num_loops
        for r in range(num_loops):
            carries = torch.is_grad_enabled() and r >= num_loops - with_gradient
            with torch.set_grad_enabled(carries):
                s = self.one_loop(s, e, r, num_loops, position, visible)

        for block in self.coda:
            s = block(s, position, visible)
        if hasattr(self, "final_norm"):
            s = self.final_norm(s)
        return s @ self.embedding.weight.T if self.config["tied_head"] else self.head(s)


def mean_loss(logits, targets):
    """Mean negative log likelihood over the scored targets of the whole batch."""
    scored = targets != IGNORE_INDEX
    log_probability = torch.log_softmax(logits, -1)
    picked = log_probability.gather(-1, targets.clamp(min=0)[..., None])[..., 0]
    return -(picked * scored).sum() / scored.sum()
