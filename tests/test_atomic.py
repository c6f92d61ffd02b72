"""Files appear whole, links stay links, and what is no file is written to and stays what it is."""

import os
import stat
import threading

import pytest

from physiofer._atomic import whole_file
from physiofer.cli.output import check_outputs
from physiofer.exceptions import InvalidArgumentError


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), whole_file(path) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    with whole_file(path) as part:
        part.write_text("new")
    assert path.read_text() == "new"
    assert [item.name for item in tmp_path.iterdir()] == ["t.csv"]


def test_a_link_stays_a_link(tmp_path):
    target, link = tmp_path / "real.csv", tmp_path / "link.csv"
    target.write_text("old")
    link.symlink_to(target)
    with whole_file(link) as part:
        part.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    heard = []
    listener = threading.Thread(target=lambda: heard.append(pipe.read_text()))
    listener.start()
    with whole_file(pipe) as part:
        part.write_text("through")
    listener.join(10.0)
    assert heard == ["through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_threads_that_write_one_file_do_not_meet(tmp_path):
    path, meet, failed = tmp_path / "t.csv", threading.Barrier(2, timeout=10.0), []

    def write(text):
        try:
            with whole_file(path) as part:
                part.write_text(text)
                meet.wait()
        except (InvalidArgumentError, threading.BrokenBarrierError) as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(text,)) for text in ("one", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10.0)
    assert failed == []
    assert path.read_text() in ("one", "other")
    assert os.listdir(tmp_path) == ["t.csv"]


def test_what_is_read_is_not_written(tmp_path):
    film, link = tmp_path / "my film.mp4", tmp_path / "other.mp4"
    film.write_bytes(b"film")
    link.symlink_to(film)
    for given in (film, link, tmp_path / "." / "my film.mp4"):
        with pytest.raises(InvalidArgumentError, match="--csv .* it is read by this very command"):
            check_outputs(film, None, "absent", csv=given)
    check_outputs(film, csv=tmp_path / "new.csv")
    with pytest.raises(InvalidArgumentError, match="goes there already"):
        check_outputs(csv=film, json=link)
