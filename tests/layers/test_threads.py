import pytest
import torch

from frontal.compiler.cpu import team
from frontal.layers.threads import WORTH_SHARING, threads_for, threads_to_train


@pytest.mark.parametrize(("elements", "inside"), [(WORTH_SHARING - 1, 1), (WORTH_SHARING, 2)])
def test_small_work_gets_one_thread_and_the_number_is_put_back(elements: int, inside: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(KeyError), threads_for(elements):
            assert torch.get_num_threads() == inside
            raise KeyError
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_kernels_keep_their_threads_where_operators_of_a_step_are_too_small() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with threads_to_train(WORTH_SHARING - 1):
            assert (torch.get_num_threads(), team.available()) == (1, 2)
            with threads_to_train(1):  # a second training inside takes what the first one left
                assert team.available() == 2
        with pytest.raises(KeyError), threads_to_train(1):
            raise KeyError
        assert (torch.get_num_threads(), team.available()) == (2, 2)
        torch.set_num_threads(1)
        with threads_to_train(1):
            assert team.available() == 1
    finally:
        torch.set_num_threads(before)
