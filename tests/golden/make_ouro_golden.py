# SPDX-License-Identifier: MIT
"""Writes tests/golden/ouro: what the published Ouro code computes for tiny checkpoints.

    looplab train ... --model.exit_gate=true --out=RUN;  looplab to-ouro RUN --out=TRAINED
    python make_ouro_golden.py modeling_ouro.py TRAINED [--out FOLDER]

needs torch, transformers 4.56, safetensors, and modeling_ouro.py as published with Ouro-1.4B, which
is copied nowhere. Three checkpoints, each a folder that the published code reads or wrote:

    random     made by it, float32, one file, its gate's bias and all norms not as they start
    sharded    the same weights in bfloat16, in several files with an index
    trained    trained by looplab, written by `looplab to-ouro`

and in each `expected.safetensors`: tokens [B, T], logits [R, B, T, V] after every loop, exits
[B, T, R], the gate's probabilities. Computed in float32 from the weights as stored.
"""

import argparse
import pathlib
import shutil
import sys
import tempfile

import torch
from safetensors.torch import save_file
from transformers import PretrainedConfig

CONFIGURATION = "from transformers import PretrainedConfig\n\n\nclass OuroConfig(PretrainedConfig):\n    model_type = 'ouro'\n"
B, T = 2, 11


def published_code(modeling):
    """The module modeling_ouro, beside a configuration that takes every key of config.json."""
    folder = pathlib.Path(tempfile.mkdtemp())
    package = folder / "published_ouro"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "configuration_ouro.py").write_text(CONFIGURATION)
    shutil.copy(modeling, package / "modeling_ouro.py")
    sys.path.insert(0, str(folder))
    from published_ouro import modeling_ouro

    return modeling_ouro


def tiny_config(config_class):
    return config_class(
        vocab_size=19,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        hidden_act="silu",
        max_position_embeddings=32,
        rms_norm_eps=1e-6,
        rope_theta=10000.0,
        rope_scaling=None,
        attention_dropout=0.0,
        sliding_window=None,
        use_sliding_window=False,
        layer_types=["full_attention"] * 2,
        tie_word_embeddings=False,
        total_ut_steps=3,
        early_exit_threshold=1.0,
        use_cache=False,
        initializer_range=0.2,
        pad_token_id=None,
        architectures=["OuroForCausalLM"],
    )


def expected(model, folder):
    torch.manual_seed(2)
    model = model.float().eval()
    steps = model.config.total_ut_steps
    tokens = torch.randint(model.config.vocab_size, (B, T))
    with torch.no_grad():
        logits = [model(tokens, exit_at_step=t, use_cache=False).logits for t in range(steps)]
        gates = model.model(tokens, use_cache=False)[2]
    stays, exits = torch.ones(B, T), []
    for t, gate in enumerate(gates):
        leaves = torch.sigmoid(gate.squeeze(-1)) if t + 1 < steps else torch.ones(B, T)
        exits.append(stays * leaves)
        stays = stays * (1 - leaves)
    save_file(
        {
            "tokens": tokens.to(torch.int32),
            "logits": torch.stack(logits).contiguous(),
            "exits": torch.stack(exits, dim=2).contiguous(),
        },
        folder / "expected.safetensors",
    )
    print(folder.name, "logits up to", float(torch.stack(logits).abs().max()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("modeling")
    parser.add_argument("trained")
    parser.add_argument("--out", default=pathlib.Path(__file__).parent / "ouro", type=pathlib.Path)
    arguments = parser.parse_args()
    ouro = published_code(arguments.modeling)
    config_class = ouro.OuroConfig
    load = lambda folder, dtype: ouro.OuroForCausalLM.from_pretrained(
        folder, config=config_class.from_pretrained(folder), torch_dtype=dtype, attn_implementation="eager"
    )

    torch.manual_seed(1)
    model = ouro.OuroForCausalLM(tiny_config(config_class))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 1:
                parameter.add_(0.3 * torch.randn_like(parameter))
            else:
                parameter.copy_(0.2 * torch.randn_like(parameter))
    model.save_pretrained(arguments.out / "random")
    model.to(torch.bfloat16).save_pretrained(arguments.out / "sharded", max_shard_size="6KB")
    shutil.copytree(arguments.trained, arguments.out / "trained", dirs_exist_ok=True)
    for name, dtype in (("random", torch.float32), ("sharded", torch.bfloat16), ("trained", torch.float32)):
        for extra in (arguments.out / name).glob("generation_config.json"):
            extra.unlink()
        expected(load(arguments.out / name, dtype), arguments.out / name)


if __name__ == "__main__":
    main()
