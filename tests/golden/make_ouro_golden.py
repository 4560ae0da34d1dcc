# SPDX-License-Identifier: MIT
"""Golden files of Ouro checkpoints: what the code published with Ouro writes, reads and computes.

    python make_ouro_golden.py MODELING_OURO_PY [--out FOLDER]
    python make_ouro_golden.py MODELING_OURO_PY --check CHECKPOINT PREDICTIONS

MODELING_OURO_PY is modeling_ouro.py of a published checkpoint such as ByteDance/Ouro-1.4B; it needs
torch and transformers 4.54 to 4.56. It is loaded from where it is, and no part of it is kept.

Without --check it writes into FOLDER/ouro (default: beside this file)

    random/           a checkpoint that the code makes of random numbers, in float32
    random_bfloat16/  the same numbers in bfloat16, in shards with an index
    random.predictions.safetensors, trained.predictions.safetensors
                      tokens [T], and what the code, in float32, makes of them: logits [R, T, V] and
                      exit_probabilities [R, T] of every loop. trained/ is by looplab:

    looplab train --task.sequence_length=15 --task.alphabet_size=4 --task.max_hops=2
        --model.d_model=16 --model.num_loops=4 --model.tied_head=true --model.exit_gate=true
        --train.loss_per_loop=gate --train.num_steps=300 --train.learning_rate=0.003 --out=RUN
    looplab to-ouro RUN --out=FOLDER/ouro/trained

With --check it loads CHECKPOINT, written by `looplab to-ouro`, runs it on the tokens of
PREDICTIONS, written by `looplab from-ouro CHECKPOINT --tokens=... --out=PREDICTIONS`, and prints
the largest differences.
"""

import argparse
import importlib
import pathlib
import shutil
import sys
import tempfile

import numpy
import torch
from safetensors.numpy import load_file, save_file

HERE = pathlib.Path(__file__).parent
NUM_TOKENS = 12
TOLERANCE = 1e-5  # relative to the largest logit; of a probability

# The published configuration class, as far as the code reads it.
CONFIGURATION = '''
from transformers import PretrainedConfig

class OuroConfig(PretrainedConfig):
    model_type = "ouro"

    def __init__(self, attention_dropout=0.0, initializer_range=0.02, use_cache=True, **given):
        self.attention_dropout = attention_dropout
        self.initializer_range = initializer_range
        self.use_cache = use_cache
        super().__init__(**given)
'''

RANDOM = dict(
    vocab_size=20,
    hidden_size=16,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=2,
    num_key_value_heads=2,
    head_dim=8,
    hidden_act="silu",
    max_position_embeddings=32,
    rms_norm_eps=1e-5,
    rope_theta=1000.0,
    rope_scaling=None,
    tie_word_embeddings=False,
    total_ut_steps=3,
    early_exit_threshold=1.0,
    use_sliding_window=False,
    sliding_window=None,
    layer_types=["full_attention"] * 2,
)


def load_published_code(modeling):
    """The module modeling_ouro, beside a configuration_ouro of ours, as one package."""
    root = pathlib.Path(tempfile.mkdtemp())
    try:
        package = root / "published_ouro"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "configuration_ouro.py").write_text(CONFIGURATION)
        shutil.copy(modeling, package / "modeling_ouro.py")
        sys.path.insert(0, str(root))
        sys.dont_write_bytecode = True
        return importlib.import_module("published_ouro.modeling_ouro")
    finally:
        shutil.rmtree(root)


def randomize(model, generator):
    """Every parameter matters: norms away from 1, the gate away from one half."""
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "norm" in name:
            value = 1 + 0.2 * noise
        elif "early_exit_gate" in name:
            value = 0.3 * noise - 0.4
        elif "embed" in name:
            value = 0.5 * noise
        else:
            value = noise / parameter.shape[-1] ** 0.5
        parameter.data = value.to(torch.bfloat16).float()  # so that both widths are one model


def load(published, folder):
    """The model in float32. Every tensor has to have its place and every place its tensor."""
    model, loading = published.OuroForCausalLM.from_pretrained(
        folder, torch_dtype=torch.float32, output_loading_info=True
    )
    problems = {key: value for key, value in loading.items() if value}
    assert not problems, f"{folder} does not fit: {problems}"
    return model.eval()


def predict(model, tokens):
    """Logits [R, T, V] and exit probabilities [R, T] that the code computes after every loop."""
    rows = torch.from_numpy(tokens.astype(numpy.int64))[None]
    num_loops = model.config.total_ut_steps

    def logits_of(**how):
        return model(input_ids=rows, use_cache=False, **how).logits[0]

    stay, exits = torch.ones(len(tokens)), []
    with torch.no_grad():
        logits = torch.stack([logits_of(exit_at_step=step) for step in range(num_loops)])
        gates = model.model(input_ids=rows, use_cache=False)[2]
        for gate in gates[:-1]:
            leave = torch.sigmoid(gate[0, :, 0])
            exits.append(stay * leave)
            stay = stay * (1 - leave)
        exits = torch.stack([*exits, stay])
        # The code shows its exit probabilities only as weights of logits.
        model.early_exit_threshold = None
        weighted = logits_of(use_weighted_exit=True)
    torch.testing.assert_close((exits[..., None] * logits).sum(0), weighted)
    return logits.numpy(), exits.numpy()


def write_predictions(published, folder):
    model = load(published, folder)
    draw = numpy.random.default_rng(1)
    tokens = draw.integers(model.config.vocab_size, size=NUM_TOKENS, dtype=numpy.int32)
    logits, exits = predict(model, tokens)
    path = folder.with_name(folder.name + ".predictions.safetensors")
    save_file(dict(tokens=tokens, logits=logits, exit_probabilities=exits), path)
    print(f"{folder.name:16} exits after", exits.mean(1).round(3))


def write_golden(published, out):
    model = published.OuroForCausalLM(published.OuroConfig(**RANDOM))
    randomize(model, torch.Generator().manual_seed(1))
    for name, dtype, shard_size in (
        ("random", torch.float32, "1GB"),
        ("random_bfloat16", torch.bfloat16, "8KB"),
    ):
        model.to(dtype).save_pretrained(out / name, max_shard_size=shard_size)
        (out / name / "generation_config.json").unlink(missing_ok=True)
    for name in ("random", "trained"):
        if (out / name).is_dir():
            write_predictions(published, out / name)


def check(published, folder, predictions):
    """Prints how far looplab's predictions are from the code's; false if too far."""
    ours = load_file(predictions)
    logits, exits = predict(load(published, folder), ours["tokens"])
    size = numpy.abs(logits).max()
    difference = numpy.abs(logits - ours["logits"]).max() / size
    exit_difference = numpy.abs(exits - ours["exit_probabilities"]).max()
    print(
        f"logits [R, T, V] {logits.shape}, largest {size:.3g}: largest difference",
        f"{difference:.2g} of that; exit probabilities: {exit_difference:.2g}",
    )
    return max(difference, exit_difference) <= TOLERANCE


def main():
    parser = argparse.ArgumentParser(description="golden files of Ouro checkpoints")
    parser.add_argument("modeling", type=pathlib.Path, help="the published modeling_ouro.py")
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    parser.add_argument("--check", type=pathlib.Path, nargs=2,
                        metavar=("CHECKPOINT", "PREDICTIONS"))
    options = parser.parse_args()
    published = load_published_code(options.modeling)
    if options.check:
        sys.exit(0 if check(published, *options.check) else 1)
    write_golden(published, options.out / "ouro")


if __name__ == "__main__":
    main()
