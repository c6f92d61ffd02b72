"""MAHNOB-HCI as it lies on disk: sessions, marks and clocks; XML that nobody should parse; what is missing."""

import warnings

import numpy as np
import pytest
from fake_edf import write_edf
from fake_films import without_tracking, write_avi
from numpy.testing import assert_allclose

from physiofer.crnn import write_face_folder_from_films
from physiofer.crnn.film_heart import beats_and_intervals, window_heart_rates
from physiofer.datasets import mahnob_films
from physiofer.datasets.synthetic_face import SyntheticFace
from physiofer.exceptions import QualityWarning, UnreadableDataError

RATE, BEGIN_S, LENGTH_S = 128, 30, 20
ALL_S = BEGIN_S + LENGTH_S + 30
CMS = 1 << 20
FILM = "P1-Rec1-2009.07.09.17.53.46_C1 trigger _C_Section_2.avi"


def write_recording(path, *, marks_s=(BEGIN_S, BEGIN_S + LENGTH_S), held=False, leads=("EXG1", "EXG2", "EXG3")):
    """A BDF: the heart beats at 60 bpm before the stimulus, 80 during it and 100 after it; EXG2 shows it best."""
    times_s = np.arange(ALL_S * RATE) / RATE
    bpm = np.select([times_s < BEGIN_S, times_s < BEGIN_S + LENGTH_S], [60.0, 80.0], 100.0)
    phase = np.cumsum(bpm / 60 / RATE)
    ecg = 1000 * np.exp(-0.5 * ((phase % 1 - 0.5) * 60 / bpm / 0.012) ** 2)
    noise = np.random.default_rng(0).normal(0, 400, (3, ecg.size))
    status = np.full(ecg.size, CMS)
    for first_s, last_s in zip(marks_s[::2], marks_s[1::2], strict=True):
        if held:
            status[int(first_s * RATE) : int(last_s * RATE)] |= 16
        else:
            for mark_s in (first_s, last_s):
                status[int(mark_s * RATE) : int(mark_s * RATE) + 3] |= 16
    signals = {"EXG1": noise[0], "EXG2": ecg, "EXG3": noise[2] + 0.1 * ecg}
    channels = [("Fp1", "uV", noise[1].astype(int))]
    channels += [(name, "uV", signals.get(name, noise[1]).astype(int)) for name in leads]
    return write_edf(path, [*channels, ("Status", "Boolean", status)], ALL_S)


def session_xml(*, valence="6", arousal="5", film_s=LENGTH_S, subject='<subject id="7"/>', more=""):
    """A session.xml as the corpus has it."""
    felt = f' feltVlnc="{valence}" feltArsl="{arousal}"' if valence else ""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<session sessionId="2"{felt} feltEmo="4" isStim="1" '
        f'vidBeginSmp="6145.5" vidEndSmp="{6145.5 + 60.97 * film_s}" vidRate="60.97" cutLenSec="{film_s}">'
        f'{subject}{more}<track type="Video" filename="{FILM}"/></session>'
    )


def write_session(corpus, number, *, film=FILM, xml=None, **how):
    """A session; the film is an empty file."""
    place = corpus / "Sessions" / str(number)
    place.mkdir(parents=True)
    (place / "session.xml").write_text(session_xml() if xml is None else xml, encoding="utf-8")
    for name in (film, FILM.replace("C1 trigger _C", "BW2"), "P1-Rec1-All-Data-New_Section_2.tsv"):
        if name:
            (place / name).touch()
    write_recording(place / "Part_1_S_Trial1_emotion.bdf", **how)
    return place


def rates_of(film, *starts_s):
    """Heart rates of 4 s from these times of the film on."""
    return window_heart_rates(*beats_and_intervals(film.heart), starts_s, 4.0)


def told(corpus):
    """The films of a corpus and what is said of it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        return list(mahnob_films(corpus)), [str(item.message) for item in caught if item.category is QualityWarning]


def test_sessions_in_order_with_labels_of_the_colour_camera(tmp_path):
    for number in (10, 2):
        write_session(tmp_path, number, xml=session_xml(valence=str(number // 2 + 1)))
    write_session(tmp_path, 4, xml=session_xml(valence=""))  # of another experiment
    for folder in (tmp_path, tmp_path / "Sessions"):
        films, messages = told(folder)
        assert messages == []
        assert [film.recording for film in films] == ["session_2", "session_10"]
        assert [film.labels for film in films] == [{"valence": 2.0, "arousal": 5.0}, {"valence": 6.0, "arousal": 5.0}]
        assert all(film.subject == "7" and film.video.name == FILM for film in films)


@pytest.mark.parametrize("held", [False, True])  # two marks, or one that lasts
def test_a_film_of_the_stimulus_starts_at_the_first_mark(tmp_path, held):
    write_session(tmp_path, 2, held=held)
    (film,) = mahnob_films(tmp_path)
    assert (film.start_s, film.stop_s) == (None, None)
    assert film.heart.start_s == -BEGIN_S and film.heart.n_channels == 3 and film.heart.unit == "uV"
    assert_allclose(rates_of(film, -10.0, 0.5, 15.5, 21.0), [60, 80, 80, 100], atol=0.7)


def test_a_film_of_the_whole_recording_starts_with_it(tmp_path):
    write_session(tmp_path, 2, xml=session_xml(film_s=ALL_S - 2))
    (film,) = mahnob_films(tmp_path)
    assert (film.start_s, film.stop_s, film.heart.start_s) == (BEGIN_S, BEGIN_S + LENGTH_S, 0.0)
    assert_allclose(rates_of(film, 20.0, 30.5, 45.5, 51.0), [60, 80, 80, 100], atol=0.7)


def test_without_a_length_the_film_is_taken_for_the_stimulus(tmp_path):
    write_session(tmp_path, 2, xml=session_xml().replace("vidRate", "rate"))
    (film,) = mahnob_films(tmp_path)
    assert_allclose(rates_of(film, 0.5), [80], atol=0.7)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"xml": session_xml(film_s=45)}, r"45\.0 s, which is neither the stimulus \(20\.0 s"),
        ({"marks_s": ()}, "has no mark"),
        ({"leads": ("GSR1",)}, "has no channel EXG1"),
    ],
)
def test_an_ecg_that_cannot_be_placed_is_left_out_and_said(tmp_path, how, message):
    write_session(tmp_path, 2, **how)
    with pytest.warns(QualityWarning, match=f"session 2 comes without heart rates: .*{message}"):
        (film,) = mahnob_films(tmp_path)
    assert film.heart is None and film.labels["valence"] == 6.0


@pytest.mark.parametrize("film_s", [LENGTH_S, ALL_S])
def test_a_stimulus_that_ends_before_it_begins_does_not_end_the_corpus(tmp_path, film_s):
    write_session(tmp_path, 2, marks_s=(ALL_S - 10, ALL_S - 10), held=False, xml=session_xml(film_s=film_s))
    write_session(tmp_path, 4)
    films, messages = told(tmp_path)
    assert [film.heart is None for film in films] == [True, False]
    assert len(messages) == 1 and messages[0].startswith("session 2 comes without heart rates: ")
    assert "a mark so late" in messages[0]


def test_folders_that_are_called_like_powers_are_sorted_too(tmp_path):
    for number in ("2\u00b2", "\u00b2", "10", "\u0663"):
        write_session(tmp_path, number)
    expected = ["session_2\u00b2", "session_\u0663", "session_10", "session_\u00b2"]  # no power is a number
    assert [film.recording for film in mahnob_films(tmp_path)] == expected


def test_one_lead_will_do(tmp_path):
    write_session(tmp_path, 2, leads=("EXG2",))
    (film,) = mahnob_films(tmp_path)
    assert_allclose(rates_of(film, 0.5), [80], atol=0.7)


def test_what_is_missing_or_broken_is_said_and_the_rest_is_there(tmp_path):
    write_session(tmp_path, 2, film=None)
    write_session(tmp_path, 4).joinpath("Part_1_S_Trial1_emotion.bdf").unlink()
    (write_session(tmp_path, 6) / "Part_1_S_Trial1_emotion.bdf").write_bytes(b"\xffBIOSEMI")
    write_session(tmp_path, 8)
    films, messages = told(tmp_path)
    assert [film.recording for film in films] == ["session_4", "session_6", "session_8"]
    assert [film.heart is None for film in films] == [True, True, False]
    assert [message.partition(":")[0].partition(" is ")[0] for message in messages] == [
        "session 2", "session 4 comes without heart rates", "session 6 comes without heart rates",
    ]  # fmt: skip
    assert not any(str(tmp_path) in message for message in messages)
    with pytest.raises(UnreadableDataError, match="no session of MAHNOB-HCI"):
        mahnob_films(tmp_path / "Sessions" / "2")
    with pytest.raises(UnreadableDataError, match="no such folder"):
        mahnob_films(tmp_path / "nowhere")


LAUGHS = '<!DOCTYPE s [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
HOSTILE = {
    "entities": session_xml().replace("<session", f"{LAUGHS}<session").replace('"6"', '"&b;"'),
    "a file": session_xml(more="<x>&f;</x>").replace("<session", '<!DOCTYPE s [<!ENTITY f SYSTEM "secret">]><session'),
    "a type elsewhere": session_xml().replace("<session", '<!DOCTYPE s SYSTEM "http://localhost:9/s.dtd"><session'),
    "an unknown entity": session_xml(more="&nobody;"),
    "cut off": session_xml()[:-20],
    "empty": "",
    "something else": "<html></html>",
    "large": session_xml(more=" " * 2**21),
    "an encoding of its own": session_xml().replace("utf-8", "rot13"),
    "zeros": "\0" * 100,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_session_is_one_error(name, tmp_path):
    place = tmp_path / "Sessions" / "2"
    place.mkdir(parents=True)
    (place / "secret").write_text("secret")
    (place / "session.xml").write_text(HOSTILE[name], encoding="utf-8")
    with pytest.warns(QualityWarning, match=r"^session 2 is left out. 2/session\.xml: "):
        with pytest.raises(UnreadableDataError, match=r"^none of 1 sessions .* 2/session\.xml: ") as caught:
            list(mahnob_films(tmp_path))
    assert "secret" not in str(caught.value).replace("session", "") and str(tmp_path) not in str(caught.value)
    write_session(tmp_path, 3)
    with pytest.warns(QualityWarning, match="session 2 is left out"):
        assert [film.recording for film in mahnob_films(tmp_path)] == ["session_3"]


def test_entities_in_an_encoding_of_two_bytes_are_refused_too(tmp_path):
    place = tmp_path / "Sessions" / "2"
    place.mkdir(parents=True)
    (place / "session.xml").write_bytes(HOSTILE["entities"].replace("utf-8", "utf-16").encode("utf-16"))
    with pytest.warns(QualityWarning), pytest.raises(UnreadableDataError, match="defines types or entities"):
        list(mahnob_films(tmp_path))


@pytest.mark.parametrize(
    ("valence", "subject"), [("0", None), ("nan", None), ("many", None), ("6", ""), ("6", '<subject id=" "/>')]
)
def test_sessions_without_felt_ratings_or_subject_are_passed_over(tmp_path, valence, subject):
    how = {} if subject is None else {"subject": subject}
    write_session(tmp_path, 2, xml=session_xml(valence=valence, **how))
    assert told(tmp_path) == ([], [])


def test_windows_of_a_session_have_the_heart_rate_of_the_stimulus(tmp_path, monkeypatch):
    without_tracking(monkeypatch)
    place = write_session(tmp_path, 2, film=None)
    write_avi(place / FILM, SyntheticFace(5.0, rate=10.0, size=(180, 240), face_size=0.6, seed=2), 10)
    folder = write_face_folder_from_films(tmp_path / "crops", mahnob_films(tmp_path), window_s=2.5, rate=4.0)
    assert folder.table["start_s"].tolist() == [0.0, 2.5] and folder.subjects.tolist() == ["7", "7"]
    assert_allclose(folder.heart_rate_bpm, 80.0, atol=2.0)  # an interval of the heart before reaches into the first
    assert sorted(folder.targets) == ["arousal", "valence"]
