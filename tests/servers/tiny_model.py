"""A language model of a few hundred kilobytes with random weights: the files Ollama makes one from.

Architecture llama, two layers. Its answers are words without sense; only what is around them counts.
"""

import json
import struct

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

_HIDDEN, _LAYERS, _HEADS, _INNER, _VOCABULARY = 64, 2, 4, 128, 512
CONTEXT = 4096
BEGIN, END = "<|begin|>", "<|end|>"
_READ = """Total net sales decreased 3 % or $11.0 billion during 2023 compared to 2022. What was revenue?
Be brief. Revenue rose and margins held. Question: Why? You are a research assistant for filings."""
TEMPLATE = "{{ range .Messages }}{{ .Role }}: {{ .Content }}\n{{ end }}assistant: "


def files() -> dict[str, bytes]:
    """Return the files of the model, by name."""
    tokenizer = _tokenizer()
    return {
        "config.json": json.dumps(_config(tokenizer)).encode(),
        "tokenizer.json": tokenizer.to_str().encode(),
        "tokenizer_config.json": json.dumps(
            {"bos_token": BEGIN, "eos_token": END, "add_bos_token": True, "add_eos_token": False}
        ).encode(),
        "model.safetensors": _safetensors(_tensors(tokenizer)),
    }


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=_VOCABULARY,
        min_frequency=1,
        special_tokens=[BEGIN, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([_READ], trainer)
    return tokenizer


def _config(tokenizer: Tokenizer) -> dict:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": _HIDDEN,
        "intermediate_size": _INNER,
        "num_hidden_layers": _LAYERS,
        "num_attention_heads": _HEADS,
        "num_key_value_heads": _HEADS,
        "max_position_embeddings": CONTEXT,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10_000.0,
        "bos_token_id": tokenizer.token_to_id(BEGIN),
        "eos_token_id": tokenizer.token_to_id(END),
        "torch_dtype": "float32",
    }


def _tensors(tokenizer: Tokenizer) -> dict[str, np.ndarray]:
    random = np.random.default_rng(7)

    def weights(*shape: int) -> np.ndarray:
        return random.normal(0, 0.3, shape).astype(np.float32)

    size = tokenizer.get_vocab_size()
    head = weights(size, _HIDDEN)
    for token, number in tokenizer.get_vocab().items():
        if not token.lstrip("\u0120").isalpha() or not token.lstrip("\u0120").isascii():
            head[number] = 0  # never the likeliest: it writes letters only
    tensors = {
        "model.embed_tokens.weight": weights(size, _HIDDEN),
        "model.norm.weight": np.ones(_HIDDEN, np.float32),
        "lm_head.weight": head,
    }
    for layer in range(_LAYERS):
        name = f"model.layers.{layer}"
        for part in "qkvo":
            tensors[f"{name}.self_attn.{part}_proj.weight"] = weights(_HIDDEN, _HIDDEN)
        tensors[f"{name}.mlp.gate_proj.weight"] = weights(_INNER, _HIDDEN)
        tensors[f"{name}.mlp.up_proj.weight"] = weights(_INNER, _HIDDEN)
        tensors[f"{name}.mlp.down_proj.weight"] = weights(_HIDDEN, _INNER)
        tensors[f"{name}.input_layernorm.weight"] = np.ones(_HIDDEN, np.float32)
        tensors[f"{name}.post_attention_layernorm.weight"] = np.ones(_HIDDEN, np.float32)
    return tensors


def _safetensors(tensors: dict[str, np.ndarray]) -> bytes:
    header, data = {}, b""
    for name, tensor in tensors.items():
        place = [len(data), len(data) + tensor.nbytes]
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": place}
        data += tensor.tobytes()
    head = json.dumps(header).encode()
    return struct.pack("<Q", len(head)) + head + data
