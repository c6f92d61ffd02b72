"""`physiofer rppg`: the pulse in a video of a face."""

from typing import Annotated

import typer

from ..exceptions import InvalidArgumentError
from .options import Json
from .output import check_outputs, console, number, tell, wants_progress, write_json, write_text
from .settings import names

__all__ = ["rppg"]


def rppg(
    video: Annotated[str, typer.Argument(help="Video of a face.", metavar="VIDEO")],
    method: Annotated[
        str,
        typer.Option(help="pos, chrom, green, ica, pca, pbv, lgi, omit, or several joined by +.", metavar="NAME"),
    ] = "pos+green",
    regions: Annotated[
        str | None,
        typer.Option(
            help="Comma-separated regions of the face. (default forehead,left_cheek,right_cheek,background,face)",
            metavar="NAMES",
        ),
    ] = None,
    landmarks: Annotated[
        str, typer.Option(help="Model of 68 points: auto, none, or a file of dlib's.", metavar="NAME|FILE")
    ] = "auto",
    window: Annotated[float, typer.Option(help="Length of a window of the heart rate.", metavar="SECONDS")] = 10.0,
    step: Annotated[float, typer.Option(help="From start to start of windows.", metavar="SECONDS")] = 1.0,
    csv: Annotated[
        str | None, typer.Option("--csv", help="Write the pulse wave as a table, - for stdout.", metavar="FILE")
    ] = None,
    report: Annotated[str | None, typer.Option(help="Write the HTML report there.", metavar="FILE")] = None,
    json: Json = None,
):
    """Read the pulse from a video of a face: heart rate over time, pulse wave, quality."""
    check_outputs(video, csv=csv, report=report, json=json)
    from ..face.regions import REGIONS, RegionReader
    from ..film import read_face_video
    from ..recording import Stream
    from ..remote_pulse import BACKGROUND, remote_pulse

    settings = {"method": method, "window_s": window, "step_s": step}
    # a wrong option is told before an hour of film is read
    chosen = RegionReader(regions=names(regions) or ()).names if regions is not None else REGIONS
    if set(chosen) == {BACKGROUND}:
        raise InvalidArgumentError("--regions background holds no skin; name a region of the face beside it.")
    no_film = Stream([[], [], []], [], 0.0, ["skin_r", "skin_g", "skin_b"], kind="rgb")
    remote_pulse(no_film, **settings)
    if landmarks.lower() in ("auto", "none"):
        landmarks = landmarks.lower()
    film = read_face_video(video, landmarks=landmarks, progress=wants_progress(), regions=chosen)
    found = remote_pulse(film, **settings)
    result = found.to_dict()
    write_json(result, json)
    if csv is not None:
        table = found.to_frame()
        table["time_s"] = table["time_s"].map("{:.6f}".format)  # six digits of a long film's times are too few
        table = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
        typer.echo(table, nl=False) if csv == "-" else write_text(table, csv, name="--csv")
    if report is not None:
        from ..report import write_pulse_report

        write_pulse_report(result, report)
    _tell(
        found,
        console("-" if "-" in (json, csv) else None),
        [path for path in (json, csv, report) if path not in (None, "-")],
    )


def _tell(found, out, written):
    """Print what was found."""
    bpm, quality = found.heart_rate.bpm, found.heart_rate.quality
    n_read, n_windows = int((bpm == bpm).sum()), bpm.size
    if found.no_reading:
        tell(out, f"no reading: {found.no_reading}")
    else:
        spread = f", {number(min(bpm[bpm == bpm]), 1)} to {number(max(bpm[bpm == bpm]), 1)}" if n_read > 1 else ""
        share = f"; {n_read} of {n_windows} windows have a reading" if n_windows > 1 else ""
        tell(out, f"heart rate {number(found.bpm, 1)} bpm{spread}{share}")
        tell(out, f"quality {number(float(quality.mean()), 2)}; signal to noise {number(found.snr_db, 1)} dB")
    tell(
        out,
        f"a face in {number(100 * found.face_share, 0)} % of {found.meta.get('n_frames', found.times_s.size)} frames",
    )
    for path in written:
        tell(out, f"Wrote {path}")
