# SPDX-License-Identifier: MIT
"""Writes the golden files: what PyTorch computes for small looped transformers, in float64.

    python make_golden.py [--out FOLDER]        needs torch, numpy, safetensors

One file per variant. Tensors: `param.NAME`, `grad.NAME` for every parameter, `tokens`, `targets`,
`documents` [B, T], `logits` [B, T, V], `logits_other_loops` (the same weights at another number of
loops), `loss` [1], `training_losses` [10]: the loss before each of ten AdamW steps on this batch.
Metadata: `config` and `train` (JSON, looplab's field names), `other_num_loops`, `torch`.

The gradients are compared with central differences before anything is written.
"""

import argparse
import copy
import json
import math
import pathlib

import numpy
import torch
from pytorch_model import GPT2_ROPE, IGNORE_INDEX, LoopedTransformer, make_config, mean_loss
from safetensors.numpy import save

NUM_WINDOWS, LENGTH, VOCAB = 3, 12, 12
SMALL = dict(vocab_size=VOCAB, max_sequence_length=16, d_model=16, num_heads=2)
TRAIN = dict(
    num_steps=10,
    batch_size=NUM_WINDOWS,
    learning_rate=0.01,
    schedule="cosine",
    warmup_steps=3,
    weight_decay=0.1,
    beta1=0.9,
    beta2=0.98,
    epsilon=1e-8,
    clip_norm=1.0,
)
ONE = [[0], [0], [0]]  # starts of the documents in each window
PACKED = [[0, 5], [0, 3, 10], [0, 1, 8]]

# Without rotary positions a key bias has no gradient but rounding noise, which Adam would blow up
# to full steps: no variant has both.
VARIANTS = {  # name: (starts of documents, changes of TRAIN, changes of the configuration)
    "ouro_1x4": (ONE, {}, dict(d_feed_forward=48)),
    "gpt2_rope_2x2": (ONE, {}, GPT2_ROPE | dict(num_block_layers=2, num_loops=2)),
    "prelude_coda_add_post": (
        PACKED,
        {},
        dict(
            num_prelude_layers=1,
            num_coda_layers=1,
            num_loops=3,
            input_injection="add",
            norm_placement="post",
            d_feed_forward=32,
        ),
    ),
    "linear_injection": (
        ONE,
        {},
        dict(
            num_loops=3,
            max_loops=5,
            input_injection="linear",
            loop_embedding="learned",
            biases=True,
            num_heads=4,
        ),
    ),
    "backprop_2_of_4": (
        ONE,
        {},
        dict(
            num_prelude_layers=1,
            backprop_loops=2,
            input_injection="add",
            loop_embedding="learned",
            max_loops=6,
            loop_norm="once",
        ),
    ),
    "learned_positions": (
        PACKED,
        dict(schedule="linear"),
        dict(positions="learned", norm_placement="pre", num_loops=2, tied_head=True),
    ),
    "no_positions_full_mask": (
        PACKED,
        dict(schedule="constant", warmup_steps=0),
        dict(positions="none", attention_mask="full", norm="layer", num_loops=2),
    ),
    "packed_documents": (
        PACKED,
        dict(clip_norm=0.0),
        dict(num_block_layers=2, num_loops=2, rotary_base=100.0),
    ),
    "residual_inverse_loops": (
        ONE,
        {},
        dict(residual_scale="inverse_loops", norm_placement="pre", loop_norm="once"),
    ),
    "deep_4x1": (
        ONE,
        {},
        dict(num_block_layers=4, num_loops=1, d_feed_forward=32, norm_placement="pre"),
    ),
}


def make_batch(starts, generator):
    """Random tokens; the last token of a document and every fifth position are not scored."""
    shape = (NUM_WINDOWS, LENGTH)
    tokens = torch.randint(VOCAB, shape, generator=generator)
    targets = torch.randint(VOCAB, shape, generator=generator)
    documents = torch.zeros(shape, dtype=torch.long)
    for window, begins in enumerate(starts):
        for begin in begins:
            documents[window, begin:] = begin
            targets[window, begin - 1] = IGNORE_INDEX  # begin 0: the last position of the window
    targets.view(-1)[1::5] = IGNORE_INDEX
    return tokens, targets, documents


def randomize(model, generator):
    """Parameters large enough that every gradient matters, and exact in float32."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        if name.endswith(".gain"):
            value = 1 + 0.1 * noise
        elif name.endswith(".bias"):
            value = 0.1 * noise
        elif "embedding" in name:
            value = 0.5 * noise
        else:
            value = noise / math.sqrt(parameter.shape[0])
        parameter.data = value.float().double()


def learning_rate(step, train):
    """Linear warm-up, then constant, linear to 0, or cosine from 1 to 0.1."""
    warmup = train["warmup_steps"]
    if step < warmup:
        factor = (step + 1) / warmup
    else:
        progress = (step - warmup) / (train["num_steps"] - warmup)
        factor = {
            "constant": 1.0,
            "linear": 1 - progress,
            "cosine": 0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * progress)),
        }[train["schedule"]]
    return factor * train["learning_rate"]


def make_optimizer(model, train):
    """AdamW that decays matrices only."""
    parameters = list(model.parameters())
    groups = [
        dict(params=[p for p in parameters if p.ndim > 1], weight_decay=train["weight_decay"]),
        dict(params=[p for p in parameters if p.ndim == 1], weight_decay=0.0),
    ]
    betas = (train["beta1"], train["beta2"])
    return torch.optim.AdamW(groups, lr=1.0, betas=betas, eps=train["epsilon"])


def train_losses(model, batch, train):
    """Loss before each step, and the gradient norms before clipping."""
    tokens, targets, documents = batch
    optimizer = make_optimizer(model, train)
    losses, norms = [], []
    for step in range(train["num_steps"]):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, train)
        optimizer.zero_grad()
        loss = mean_loss(model(tokens, documents), targets)
        loss.backward()
        largest = train["clip_norm"] or math.inf  # 0: no clipping
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), largest)
        norms.append(norm.item())
        optimizer.step()
        losses.append(loss.item())
    return losses, norms


def check_gradients(model, batch, entries_per_parameter=3, h=1e-5):
    """Largest difference between a gradient and its central difference, relative to its tensor."""
    tokens, targets, documents = batch
    generator = torch.Generator().manual_seed(1)
    worst = 0.0
    for parameter in model.parameters():
        flat = parameter.data.view(-1)
        for _ in range(entries_per_parameter):
            i = int(torch.randint(flat.numel(), (), generator=generator))
            kept = flat[i].item()
            losses = []
            for shift in (h, -h):
                flat[i] = kept + shift
                with torch.no_grad():
                    losses.append(mean_loss(model(tokens, documents), targets).item())
            flat[i] = kept
            difference = (losses[0] - losses[1]) / (2 * h) - parameter.grad.view(-1)[i].item()
            worst = max(worst, abs(difference) / parameter.grad.abs().max().item())
    return worst


def make_variant(name, seed):
    """Tensors and metadata of one golden file."""
    starts, train_changes, changes = VARIANTS[name]
    config, train = make_config(**(SMALL | changes)), TRAIN | train_changes
    generator = torch.Generator().manual_seed(seed)
    model = LoopedTransformer(config).double()
    randomize(model, generator)
    batch = tokens, targets, documents = make_batch(starts, generator)

    logits = model(tokens, documents)
    loss = mean_loss(logits, targets)
    loss.backward()
    if config["backprop_loops"] == 0:  # a truncated gradient is no derivative of the loss
        worst = check_gradients(model, batch)
        assert worst < 1e-7, f"{name}: gradients differ from central differences by {worst}"
    other_loops = config["num_loops"] + 2
    with torch.no_grad():
        more = model(tokens, documents, other_loops)
    losses, norms = train_losses(copy.deepcopy(model), batch, train)
    clipped = sum(norm > train["clip_norm"] for norm in norms)
    assert clipped > 0, f"{name}: a clipping of {train['clip_norm']} makes no difference"

    def stored(tensor, dtype):
        return tensor.detach().numpy().astype(dtype)

    tensors = {}
    for key, parameter in model.named_parameters():
        assert parameter.grad.abs().max() > 1e-4, f"{name}: {key} has no gradient"
        tensors["param." + key] = stored(parameter, numpy.float32)
        tensors["grad." + key] = stored(parameter.grad, numpy.float32)
    for key, tensor in dict(tokens=tokens, targets=targets, documents=documents).items():
        tensors[key] = stored(tensor, numpy.int32)
    tensors["logits"] = stored(logits, numpy.float32)
    tensors["logits_other_loops"] = stored(more, numpy.float32)
    tensors["loss"] = stored(loss[None], numpy.float64)
    tensors["training_losses"] = numpy.array(losses, numpy.float64)
    metadata = dict(
        config=json.dumps(config),
        train=json.dumps(train),
        other_num_loops=str(other_loops),
        torch=torch.__version__,
    )
    print(f"{name:24} loss {losses[0]:.4f} -> {losses[-1]:.4f}   steps to clip: {clipped}")
    return tensors, metadata


def with_sorted_metadata(file):
    """The library writes metadata in random order; sorted, the same numbers are the same file."""
    length = int.from_bytes(file[:8], "little")
    header = json.loads(file[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + file[8 + length :]


def main():
    parser = argparse.ArgumentParser(description="writes the golden files")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    folder = parser.parse_args().out
    for seed, name in enumerate(VARIANTS, start=1):
        tensors, metadata = make_variant(name, seed)
        path = folder / f"{name}.safetensors"
        path.write_bytes(with_sorted_metadata(save(tensors, metadata)))


if __name__ == "__main__":
    main()
