"""The contract of a cell as a table: the name of each check, the check, and what to do where it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from frontal.diagnostics import contract_gradients as of_gradients
from frontal.diagnostics import contract_kernels as of_kernels
from frontal.diagnostics import contract_sequence as of_sequence
from frontal.diagnostics import contract_step as of_step
from frontal.diagnostics.contract_subject import Subject


@dataclass(frozen=True)
class Check:
    """A function that raises where a cell does not keep what it asks, and what to do then."""

    run: Callable[[Subject], None]
    hint: str


BUILD = "the class is built as Name(input_size, hidden_size); call super().__init__(input_size, hidden_size) first"
STATES = 'write states = ("h",) or ("h", "c") in the class; state_sizes has one size for each of them'
RETURN = (
    "step takes x and a tensor for each name in states, and returns a new one for each, of the same shape and dtype"
)
OUTPUT = "the first state is the output, with as many features as state_sizes says"
DTYPE = "make tensors in the step with x.new_zeros(...) or dtype=x.dtype; no .float(), no dtype=torch.float32"
DEVICE = "make tensors in the step with x.new_zeros(...) or device=x.device, keep others with register_buffer; no numpy"
NOISE = "draw random numbers only `if self.training`, and keep nothing on self from one step to the next"
IN_PLACE = "write x = x + 1, not x += 1"
MEMORY = "give what it keeps from one step to the next a name in states, and return it; keep nothing on self"
BATCH = "calculate over features (dim=-1), never over sequences (dim=0) or with their number, len(x)"
LOOP = "if the checks above pass, this is a bug in frontal: report it with the cell"
OWN = "hold tensors as parameters or buffers of self, not of the class or of the module"
SAVE = "hold what was drawn or learned in nn.Parameter or register_buffer; a plain attribute is not saved"
GRADIENT = "no detach(), .data, .item() or no_grad on the way; look at the backward of an autograd.Function"
LEARN = "use the parameter in step, or remove it; detach(), .item() and no_grad cut it off"
SECOND = "write the backward of an autograd.Function in operations that have a gradient themselves"
BOUND = "bound the state, with tanh or with gates that sum to 1, or begin with smaller recurrent weights"
EMPTY = "do not index, split or divide by the number of sequences"
KERNEL = "without a kernel the cell still runs, in a slow loop; write that line in other operations to get one"

CHECKS: dict[str, Check] = {
    "is built": Check(of_step.built, BUILD),
    "names its states": Check(of_step.named, STATES),
    "step returns states like those it is given": Check(of_step.returns, RETURN),
    "outputs have the sizes that it declares": Check(of_step.shapes, OUTPUT),
    "float64 stays float64": Check(of_step.digits, DTYPE),
    "float32 stays float32": Check(of_step.narrow(torch.float32), DTYPE),
    "bfloat16 stays bfloat16": Check(of_step.narrow(torch.bfloat16), DTYPE),
    "it works on the device of its input": Check(of_step.device, DEVICE),
    "eval mode is deterministic": Check(of_step.deterministic, NOISE),
    "step leaves its input as it is": Check(of_step.untouched, IN_PLACE),
    "the state is all that it remembers": Check(of_sequence.chunks, MEMORY),
    "sequences of a batch do not see each other": Check(of_sequence.rows, BATCH),
    "the batch size makes no difference": Check(of_sequence.alone, BATCH),
    "unequal lengths": Check(of_sequence.lengths, BATCH),
    "padding is never read": Check(of_sequence.padding, LOOP),
    "a reset is a new start": Check(of_sequence.reset, MEMORY),
    "backwards is forwards on the flipped sequence": Check(of_sequence.reverse, MEMORY),
    "copies share nothing": Check(of_step.copies, OWN),
    "saved and loaded it is the same": Check(of_step.saved, SAVE),
    "gradient of the input": Check(of_gradients.differences("x"), GRADIENT),
    "gradients of the states": Check(of_gradients.differences("states"), GRADIENT),
    "gradients of the parameters": Check(of_gradients.differences("parameters"), GRADIENT),
    "every parameter learns": Check(of_gradients.all_learn, LEARN),
    "gradient of the gradient": Check(of_gradients.second, SECOND),
    "finite over 1000 steps": Check(of_sequence.long, BOUND),
    "a batch of no sequences": Check(of_sequence.empty, EMPTY),
    "a kernel can be written": Check(of_kernels.traced, KERNEL),
    "the kernel computes what the step does": Check(of_kernels.values, LOOP),
    "so do its gradients, every one": Check(of_kernels.kernel_gradients, LOOP),
    "lengths, resets and direction in the kernel": Check(of_kernels.options, LOOP),
    "step by step as a stream": Check(of_sequence.stream, LOOP),
}
