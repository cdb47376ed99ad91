"""Memory between a forward and its backward run, used again: fresh pages cost as much as filling them."""

from __future__ import annotations

from threading import Lock

import torch
from torch import Tensor

LARGE_BYTES = 4 << 20  # smaller ones the allocator reuses by itself
SPARE = 2  # free blocks that are kept


class Block:
    """One piece of memory; it goes back to where it came from when it is given up or forgotten."""

    def __init__(self, memory: Tensor, home: Blocks) -> None:
        self._memory: Tensor | None = memory
        self.home = home

    @property
    def memory(self) -> Tensor:
        """The numbers; an error after they were given up."""
        if self._memory is None:
            raise RuntimeError(
                "Trying to backward through the graph a second time: what it kept is gone; "
                "give retain_graph=True to the first call of backward"
            )
        return self._memory

    def give_up(self) -> None:
        """Hand the memory back."""
        memory, self._memory = self._memory, None
        if memory is not None:
            self.home.put(memory)

    def __del__(self) -> None:
        """Hand the memory back, if nobody has."""
        self.give_up()


class Blocks:
    """Blocks of one dtype."""

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self._free: list[Tensor] = []
        self._lock = Lock()

    def take(self, numbers: int) -> Block:
        """Return a block of that size."""
        with self._lock:
            for k, memory in enumerate(self._free):
                if memory.numel() == numbers:
                    return Block(self._free.pop(k), self)
        return Block(torch.empty(numbers, dtype=self.dtype), self)

    def put(self, memory: Tensor) -> None:
        """Take a block back, if it is worth keeping."""
        if memory.nbytes >= LARGE_BYTES:
            with self._lock:
                self._free.append(memory)
                del self._free[:-SPARE]
