"""What keeps the documentation true is itself kept true."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tools.docs import stale
from tools.docs_blocks import blocks_of, shown_outputs, with_outputs
from tools.docs_run import Mask, run_page

BEGAN_AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.fixture
def mask() -> Mask:
    return Mask(Path("/somewhere/work"), "50123", began_at=BEGAN_AT)


def write_page(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text)
    return page


def test_a_time_of_this_run_is_masked_and_a_time_of_the_data_is_kept(mask: Mask) -> None:
    masked = mask("at 2026-11-21 08:00:07Z, data of 2026-11-02T00:00:00Z")

    assert masked == "at 2026-11-21 09:30:00Z, data of 2026-11-02T00:00:00Z"


def test_the_same_id_is_masked_alike_and_another_one_differently(mask: Mask) -> None:
    first, again, other = mask(
        "run_01m7ykkvje926121kkzp run_01m7ykkvje926121kkzp run_01m7ykm0qssqgsz6de63"
    ).split()

    assert first == again != other
    assert len(first) == len("run_01m7ykkvje926121kkzp")


def test_a_digest_cut_short_is_still_the_same_digest(mask: Mask) -> None:
    whole, short = mask(f"{'0a1b' * 16} {'0a1b' * 3}").split()

    assert whole.startswith(short)
    assert whole != "0a1b" * 16


def test_folder_and_port_are_masked(mask: Mask) -> None:
    masked = mask("http://127.0.0.1:50123 serves /somewhere/work/shop")

    assert masked == "http://127.0.0.1:7411 serves /home/ada/shop"


def test_what_a_block_writes_is_shown_below_it(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    page = write_page(tmp_path, "```sh\nx=1; echo $x\n```\n\n<!-- output -->\n```text\nold\n```\n")

    written = run_page(page, folder)
    outputs = {shown.line: written[block.line] for block, shown in shown_outputs(page.read_text())}
    wanted = with_outputs(page.read_text(), outputs)

    assert "```text\n1\n```" in wanted
    assert stale(page, wanted) != ""


def test_blocks_share_folder_and_variables_and_a_saved_file(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    saved = "<!-- file: a.py -->\n```python\nimport os\nprint(os.environ['WHO'])\n```\n"
    page = write_page(tmp_path, f"```sh\nexport WHO=bo\n```\n{saved}```sh\npython a.py\n```\n")

    assert list(run_page(page, folder).values()) == ["", "", "bo\n"]


def test_a_block_that_fails_is_named_by_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    page = write_page(tmp_path, "text\n\n```sh\necho before; false; echo after\n```\n")

    with pytest.raises(AssertionError, match=r"page\.md:3 failed\nbefore\n"):
        run_page(page, folder)


def test_a_block_may_be_left_alone_with_a_reason() -> None:
    [block] = blocks_of("<!-- test: skip takes an hour -->\n```sh\nmake all\n```\n")

    assert not block.is_run
    assert block.said == "takes an hour"
