"""Building blocks under the names of torch.nn, with the arguments of torch's constructors.

>>> from symcost.torch_nn import Linear
>>> Linear(75, 141, bias=False).on((8, 75)).value("flops_forward")
169200
"""

from symcost.torch_nn.attention import (
    MultiheadAttention,
    ScaledDotProductAttention,
    TransformerDecoderLayer,
    TransformerEncoderLayer,
)
from symcost.torch_nn.basic import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    Embedding,
    EmbeddingBag,
    GroupNorm,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
    LayerNorm,
    Linear,
    PReLU,
    RMSNorm,
)
from symcost.torch_nn.convolution import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from symcost.torch_nn.module import Module, ShapeError
from symcost.torch_nn.recurrent import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "Embedding",
    "EmbeddingBag",
    "GRUCell",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LSTMCell",
    "LayerNorm",
    "Linear",
    "Module",
    "MultiheadAttention",
    "PReLU",
    "RMSNorm",
    "RNNCell",
    "ScaledDotProductAttention",
    "ShapeError",
    "TransformerDecoderLayer",
    "TransformerEncoderLayer",
]
