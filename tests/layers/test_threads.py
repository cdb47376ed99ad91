import pytest
import torch

from frontal.layers.threads import WORTH_SHARING, threads_for


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
