"""Cells through time: any cell in `Recurrent`, drop-ins for torch.nn's LSTM, GRU and RNN; attention and heads."""

from frontal.layers.attention import Attention, Memory
from frontal.layers.attention_additive import Additive
from frontal.layers.attention_location import LocationSensitive
from frontal.layers.attention_luong import LuongConcat, LuongDot, LuongGeneral
from frontal.layers.attention_monotonic import Monotonic
from frontal.layers.attention_self import SelfAttention
from frontal.layers.block_diagonal import BlockDiagonal
from frontal.layers.convolution_frames import FrameEncoder
from frontal.layers.convolution_image import ImageEncoder
from frontal.layers.convolution_patches import PatchEncoder
from frontal.layers.decoder import Decoder
from frontal.layers.drop_in import GRU, LSTM, RNN
from frontal.layers.echo_state import EchoState
from frontal.layers.echo_state_classifier import EchoStateClassifier
from frontal.layers.encoder_decoder import EncoderDecoder
from frontal.layers.encoder_decoder_encoder import Encoder
from frontal.layers.encoder_decoder_ends import Symbols, Values
from frontal.layers.head import Head
from frontal.layers.head_binary import Binary
from frontal.layers.head_ctc import CTC
from frontal.layers.head_gaussian import Gaussian
from frontal.layers.head_mixture import MixtureDensity
from frontal.layers.head_negative_binomial import NegativeBinomial
from frontal.layers.head_pen import Pen
from frontal.layers.head_quantiles import Quantiles
from frontal.layers.head_regression import Regression
from frontal.layers.head_softmax import Softmax
from frontal.layers.head_student import StudentT
from frontal.layers.recurrent import Recurrent
from frontal.layers.shapes import ManyToMany, ManyToOne, OneToMany
from frontal.layers.stacked import Stacked
from frontal.layers.time_delay import TimeDelay

__all__ = [
    "CTC",
    "GRU",
    "LSTM",
    "RNN",
    "Additive",
    "Attention",
    "Binary",
    "BlockDiagonal",
    "Decoder",
    "EchoState",
    "EchoStateClassifier",
    "Encoder",
    "EncoderDecoder",
    "FrameEncoder",
    "Gaussian",
    "Head",
    "ImageEncoder",
    "LocationSensitive",
    "LuongConcat",
    "LuongDot",
    "LuongGeneral",
    "ManyToMany",
    "ManyToOne",
    "Memory",
    "MixtureDensity",
    "Monotonic",
    "NegativeBinomial",
    "OneToMany",
    "PatchEncoder",
    "Pen",
    "Quantiles",
    "Recurrent",
    "Regression",
    "SelfAttention",
    "Softmax",
    "Stacked",
    "StudentT",
    "Symbols",
    "TimeDelay",
    "Values",
]
