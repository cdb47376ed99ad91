"""The second half of an encoder–decoder: it writes, one step after another, and may look at a memory."""

from __future__ import annotations

from typing import Any, NamedTuple, Unpack, final

import torch
from torch import Tensor, nn

from frontal.errors import FrontalError
from frontal.layers.attention import Attention, Memory
from frontal.layers.decoder_finished import Generated
from frontal.layers.decoder_generate import evaluating, write_symbols, write_values
from frontal.layers.decoder_look import Look
from frontal.layers.decoder_search import Search, SearchOptions
from frontal.layers.decoder_steps import Steps
from frontal.layers.encoder_decoder_ends import End, Symbols, checked_part
from frontal.layers.encoder_decoder_layer import layer_of, output_size_of
from frontal.layers.head_softmax import Softmax
from frontal.layers.layer import Layer
from frontal.layers.sequence import Lengths


class Decoded(NamedTuple):
    """What a decoder says for targets of T steps.

    Attributes:
        outputs: of its head: logits (B, T, count) or values (B, T, D); of `features`, what the head reads.
        weights: of its attention, (B, T, S); None without one.
    """

    outputs: Tensor
    weights: Tensor | None


@final
class Decoder(nn.Module):
    """Recurrent layers that read what was written so far, and a head that writes the next step.

    With attention (in the order of Luong et al. 2015, with any score) the output h of the layers asks:

        s = tanh(W [context(h); h] + b),  output = head(s),  next input = [written; s]

    where s is in the next input only with input feeding. Without attention s is h. The input of the
    first step is a learned vector, which stands for the beginning.

    Args:
        target: what is written, `Symbols` or `Values`.
        cell: a name of the catalogue, a cell class, or a built layer in one direction, of any options.
        hidden_size: H of the cell; left out with a layer.
        attention: a name (additive, dot, general, concat, location, monotonic), or one that is built.
        memory_size: features of the memory, M; needed for an attention by name.
        input_feeding: each step reads the s of the one before. Without, all steps of a known target
            run at once, on the layer's kernel.
        output_dropout: share of s that is zeroed before the head in training mode.
        options: of `Recurrent`: num_layers, dropout, zoneout …

    Example:
        >>> import torch
        >>> from frontal.layers import Decoder, PatchEncoder, Symbols
        >>> patches = PatchEncoder(1, 20)
        >>> decoder = Decoder(Symbols(11, 8), "gru", 16, attention="additive", memory_size=20)
        >>> caption = decoder.generate(patches(torch.rand(2, 1, 16, 16)), max_length=5, stop=10, beams=3)
        >>> caption.lengths.shape, caption.weights.shape[2]
        (torch.Size([2]), 16)
    """

    def __init__(
        self,
        target: End,
        cell: str | type[nn.Module] | Layer,
        hidden_size: int | None = None,
        *,
        attention: str | Attention | None = None,
        memory_size: int | None = None,
        input_feeding: bool = True,
        output_dropout: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__()
        if not isinstance(target, End):
            raise FrontalError(f"Decoder: the target must be Symbols or Values, got {target!r}")
        if not isinstance(input_feeding, bool):
            raise FrontalError(f"Decoder: input_feeding must be True or False, got {input_feeding!r}")
        self.target, self.feeds = target, attention is not None and input_feeding
        fed = output_size_of(cell, hidden_size, options, "Decoder") if self.feeds else 0
        self.recurrent = layer_of(cell, target.output_size + fed, hidden_size, options, "Decoder")
        if self.recurrent.directions == 2:
            raise FrontalError("Decoder: a backward direction would read what is not written yet; bidirectional=False")
        size = self.recurrent.output_size
        self.look = None if attention is None else Look(attention, size, memory_size)
        self.dropout = nn.Dropout(checked_part(output_dropout, "Decoder: output_dropout"))
        self.head = target.head(size)
        self.begin = nn.Parameter(torch.zeros(target.output_size))

    def forward(
        self,
        targets: Tensor,
        memory: Tensor | None = None,
        states: Any = None,
        *,
        lengths: Lengths | None = None,
        memory_lengths: Lengths | None = None,
        teacher_forcing: float = 1.0,
    ) -> Decoded:
        """Say what comes at each step of the targets.

        With `teacher_forcing` below 1 each sequence reads, at each step, the right symbol with that
        probability, else its own likeliest one, through which no gradient passes (scheduled sampling,
        Bengio et al. 2015).

        Args:
            targets: what is to be written, (B, T) or (B, T, D). Step t reads targets before t.
            memory: what the attention looks at, (B, S, M).
            states: the layer's hx; by default its own.
            lengths: valid steps of the targets, 0 .. T, (B,); steps beyond are never read.
            memory_lengths: valid places of the memory, 0 .. S, (B,).
            teacher_forcing: within 0 .. 1.
        """
        found = self.features(
            targets, memory, states, lengths=lengths, memory_lengths=memory_lengths, teacher_forcing=teacher_forcing
        )
        return Decoded(self.head(found.outputs), found.weights)

    def features(
        self,
        targets: Tensor,
        memory: Tensor | None = None,
        states: Any = None,
        *,
        lengths: Lengths | None = None,
        memory_lengths: Lengths | None = None,
        teacher_forcing: float = 1.0,
    ) -> Decoded:
        """Return what the head reads, (B, T, H), in place of what it says; arguments as for `forward`."""
        if isinstance(teacher_forcing, bool) or not 0 <= teacher_forcing <= 1:
            raise FrontalError(f"Decoder: teacher_forcing must be within 0 .. 1, got {teacher_forcing!r}")
        right = self.target(targets, lengths)[:, :-1]  # what steps 1 .. T - 1 read
        inputs = torch.cat([self.begin.expand(len(right), 1, -1), right], 1)  # (B, T, size)
        looked = self._prepared(memory, memory_lengths, len(inputs))
        if teacher_forcing == 1 and not self.feeds:
            return self._at_once(inputs, looked, states)
        return self._in_steps(inputs, looked, states, teacher_forcing)

    @torch.no_grad()
    def generate(
        self,
        memory: Tensor | None = None,
        states: Any = None,
        *,
        memory_lengths: Lengths | None = None,
        **search: Unpack[SearchOptions],
    ) -> Generated:
        """Write, reading what was written, in evaluation mode and without gradients.

        Args:
            memory: (B, S, M), for the attention.
            states: the layer's hx; one of memory and states tells B.
            memory_lengths: valid places of the memory, (B,).
            search: the fields of `Search`, such as max_length, stop and beams; of values, max_length alone.
        """
        how = Search(**search)
        self._check(how)
        if memory is None and states is None:
            raise FrontalError("Decoder: generate needs a memory or states, which tell how many sequences there are")
        B = len(memory) if memory is not None else (states if isinstance(states, Tensor) else states[0]).shape[1]
        with evaluating(self):
            steps, begin = Steps(self.recurrent, self.look, self.feeds), self.begin.expand(B, -1)
            state = steps.begin(states, begin, self._prepared(memory, memory_lengths, B))
            if isinstance(self.head, Softmax):
                return write_symbols(steps, state, begin, self.target, self.head, how)
            return write_values(steps, state, begin, self.target, self.head, how.max_length)

    def _check(self, how: Search) -> None:
        if not isinstance(self.target, Symbols):
            if how != Search(how.max_length):
                raise FrontalError(
                    "Decoder: beams and a stop symbol are for symbols; values are written max_length steps long"
                )
        elif how.stop is not None and not 0 <= how.stop < self.target.count:
            raise FrontalError(f"Decoder: stop must be one of the target's symbols, got {how.stop!r}")
        if how.coverage and self.look is None:
            raise FrontalError("Decoder: coverage is about what the attention looks at, and there is none")

    def _at_once(self, inputs: Tensor, memory: Memory | None, states: Any) -> Decoded:
        first = self.recurrent.batch_first
        outputs, _ = self.recurrent(inputs if first else inputs.transpose(0, 1), states)
        h = outputs if first else outputs.transpose(0, 1)  # (B, T, H)
        if self.look is None or memory is None:
            return Decoded(self.dropout(h), None)
        said, weights = self.look(h, memory)
        return Decoded(self.dropout(said), weights)

    def _in_steps(self, inputs: Tensor, memory: Memory | None, states: Any, teacher_forcing: float) -> Decoded:
        steps = Steps(self.recurrent, self.look, self.feeds)
        state = steps.begin(states, inputs[:, 0], memory)
        all_said: list[Tensor] = []
        seen: list[Tensor] = []
        for t, right in enumerate(inputs.unbind(1)):
            x = right
            if t and teacher_forcing < 1:
                truth = torch.rand(len(right), 1, device=right.device) < teacher_forcing
                x = torch.where(truth, right, self._own(all_said[-1]))
            said, state = steps.step(x, state)
            all_said.append(said)
            seen += [] if state.weights is None else [state.weights]
        return Decoded(self.dropout(torch.stack(all_said, 1)), torch.stack(seen, 1) if seen else None)

    def _own(self, said: Tensor) -> Tensor:
        """Return the input, (B, size), that the decoder's own guess makes."""
        with torch.no_grad():
            guess = self.head.predict(self.head(said))
        return self.target(guess[:, None])[:, 0]

    def _prepared(self, memory: Tensor | None, lengths: Lengths | None, batch: int) -> Memory | None:
        if self.look is not None and memory is not None:
            return self.look.prepare(memory, lengths, batch)
        if self.look is not None:
            raise FrontalError("Decoder: its attention needs a memory to look at")
        if memory is not None:
            raise FrontalError("Decoder: there is a memory, but no attention that could look at it")
        return None
