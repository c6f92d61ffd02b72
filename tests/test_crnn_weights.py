"""Weights in files: there and back to the last bit, from elsewhere by name, and hostile files as one clear error."""

import io
import json
import pickle
import struct
import zipfile

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from safetensors.numpy import load as tensors_of
from safetensors.numpy import save_file

from physiofer.crnn.checkpoint import write_checkpoint
from physiofer.crnn.classifier import CRNNClassifier
from physiofer.crnn.network import CRNN
from physiofer.crnn.torch_backend import to_torch
from physiofer.crnn.training import Training
from physiofer.crnn.weights import import_state_dict, load, save
from physiofer.exceptions import InvalidArgumentError, MissingExtraError, UnreadableDataError

SIZE = 32  # smaller images, smaller files
SMALL = {"image_size": SIZE, "random_state": 3}


@pytest.fixture
def saved(tmp_path):
    """A file of weights, and the network in it."""
    network = CRNN(**SMALL)
    path = tmp_path / "network.safetensors"
    save(path, network, normalisation="none", training_record={"n_epochs": 2})
    return path, network


def parts_of(path):
    """Header of safetensors as a dict, and the tensors' bytes."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def write_parts(path, header, data):
    """The opposite of `parts_of`."""
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def change_header(path, **changes):
    """Change entries of our own header, and leave the rest of a file as it is."""
    header, data = parts_of(path)
    own = json.loads(header["__metadata__"]["physiofer"])
    own.update(changes)
    header["__metadata__"]["physiofer"] = json.dumps(own)
    write_parts(path, header, data)


@pytest.mark.parametrize(
    "architecture",
    [
        {},
        {"heart_rate_head": False, "n_targets": 2},
        {"n_channels": 1, "image_size": 22},
        {"image_size": 35, "dtype": np.float64},
    ],
)
def test_there_and_back_to_the_last_bit(tmp_path, rng, architecture):
    network = CRNN(**({"image_size": SIZE} | architecture), random_state=1)
    save(tmp_path / "w", network)
    loaded = load(tmp_path / "w").network
    for name in ("n_targets", "heart_rate_head", "n_channels", "image_size", "dtype", "n_parameters"):
        assert getattr(loaded, name) == getattr(network, name)
    assert list(loaded.parameters) == list(network.parameters)
    for name, values in network.parameters.items():
        assert loaded.parameters[name].dtype == values.dtype
        assert_array_equal(loaded.parameters[name], values)


def test_any_reader_of_safetensors_reads_tensors_and_header(saved):
    path, network = saved
    tensors = tensors_of(path.read_bytes())
    assert_array_equal(tensors["gru.hidden.weight"], network.parameters["gru.hidden.weight"])
    header = json.loads(parts_of(path)[0]["__metadata__"]["physiofer"])
    assert header["architecture"] == {
        "n_targets": 1, "heart_rate_head": True, "n_channels": 3, "image_size": SIZE, "dtype": "float32",
    }  # fmt: skip
    assert header["format_version"] == 1
    assert header["versions"].keys() == {"physiofer", "numpy", "python"}


def test_the_record_comes_back_as_json_has_it(tmp_path):
    record = {"loss": np.array([0.5, np.nan]), "n": np.int64(3), "classes": ("low", "high"), "lr": np.float32(0.5)}
    save(tmp_path / "w", CRNN(**SMALL), normalisation={"kind": "pulse"}, training_record=record)
    loaded = load(tmp_path / "w")
    assert loaded.training_record == {"loss": [0.5, None], "n": 3, "classes": ["low", "high"], "lr": 0.5}
    assert loaded.normalisation == {"kind": "pulse"}


def test_the_same_network_gives_the_same_file(tmp_path):
    for name in "ab":
        save(tmp_path / name, CRNN(**SMALL))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


class Trap:
    """A pickle of it writes a file when it is read."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return open, (str(self.target), "w")


def zipped(content):
    """An archive as torch.save makes one."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", content)
    return buffer.getvalue()


@pytest.mark.parametrize("protocol", [0, 2, 5])
@pytest.mark.parametrize("wrap", [bytes, zipped])
def test_a_pickle_is_refused_and_not_executed(tmp_path, protocol, wrap):
    path, target = tmp_path / "w.safetensors", tmp_path / "sprung"
    path.write_bytes(wrap(pickle.dumps(Trap(target), protocol=protocol)))
    with pytest.raises(UnreadableDataError, match=r"^w\.safetensors is (a pickle|no whole)"):
        load(path)
    with pytest.raises((UnreadableDataError, MissingExtraError), match=r"^w\.safetensors|torch is not installed"):
        import_state_dict(CRNN(**SMALL), path)
    assert not target.exists()


@pytest.mark.parametrize("kept", [0, 5, 8, 500, 5000, -1])
def test_a_file_cut_off_anywhere(saved, kept):
    path, _ = saved
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(UnreadableDataError, match=r"^network\.safetensors is no whole safetensors file"):
        load(path)


def test_one_bit_of_a_weight_changed(saved):
    path, _ = saved
    content = bytearray(path.read_bytes())
    content[-1000] ^= 1
    path.write_bytes(content)
    with pytest.raises(UnreadableDataError, match="altered since it was saved"):
        load(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"normalisation": "pulse"}, "altered"),
        ({"training_record": {"n_epochs": 3}}, "altered"),
        ({"sha256": "0" * 64}, "altered"),
        ({"format": "something"}, "of the format"),
        ({"format_version": 2}, r"of the format .*2.*this version reads"),
        ({"architecture": None}, "broken header"),
        ({"architecture": {"image_size": SIZE}}, "another architecture"),
        ({"architecture": {"n_targets": 1, "heart_rate_head": True, "n_channels": 3, "image_size": 10**9,
                           "dtype": "float32"}}, "another architecture"),
        ({"architecture": {"n_targets": 1, "heart_rate_head": False, "n_channels": 3, "image_size": SIZE,
                           "dtype": "float32"}}, "another architecture"),
        ({"architecture": {"n_targets": 1, "heart_rate_head": True, "n_channels": 3, "image_size": str(SIZE),
                           "dtype": "float32"}}, "another architecture"),
    ],
)  # fmt: skip
def test_an_altered_header(saved, changes, message):
    path, _ = saved
    change_header(path, **changes)
    with pytest.raises(UnreadableDataError, match=rf"^network\.safetensors .*{message}"):
        load(path)


@pytest.mark.parametrize("text", ["", "{", "[]", '"format"', "[" * 100_000, "1" * 5000, '{"format": 1}'])
def test_a_header_that_is_no_header(saved, text):
    path, _ = saved
    header, data = parts_of(path)
    header["__metadata__"]["physiofer"] = text
    write_parts(path, header, data)
    with pytest.raises(UnreadableDataError, match=r"^network\.safetensors has a broken header"):
        load(path)


def test_tensors_of_another_network(saved, tmp_path):
    path, network = saved
    own = parts_of(path)[0]["__metadata__"]
    for name, changed in {
        "lacking": {name: values for name, values in network.parameters.items() if name != "gru.input.bias"},
        "one more": network.parameters | {"conv4.weight": np.zeros(3, np.float32)},
        "transposed": network.parameters | {"emotion.0.weight": np.zeros((16, 20), np.float32)},
        "integers": network.parameters | {"conv2.bias": np.zeros(64, np.int32)},
        "not finite": network.parameters | {"conv2.bias": np.full(64, np.nan, np.float32)},
        "doubles": {name: values.astype(np.float64) for name, values in network.parameters.items()},
        "nothing": {},
        "empty of huge shape": {"conv1.weight": np.zeros((32, 10**12, 0, 3), np.float32)},
    }.items():
        save_file(changed, tmp_path / name, metadata=own)
        with pytest.raises(
            UnreadableDataError, match=rf"^{name} (is of another architecture|does not hold the weights)"
        ):
            load(tmp_path / name)


def test_tensors_without_our_header(tmp_path):
    save_file({"conv1.weight": np.zeros((32, 3, 3, 3), np.float32)}, tmp_path / "other.safetensors")
    with pytest.raises(UnreadableDataError, match=r"no header of physiofer.*import_state_dict"):
        load(tmp_path / "other.safetensors")


def test_a_header_of_any_length_is_no_pickle(tmp_path):
    path, network, seen = tmp_path / "w.safetensors", CRNN(image_size=22, random_state=3), set()
    for n in range(0, 256, 8):  # lengths of headers go in steps of 8: every low byte that there is
        save(path, network, training_record={"note": "x" * n})
        seen.add(path.read_bytes()[0])
        assert load(path).training_record == {"note": "x" * n}
        assert import_state_dict(network, path) == list(network.parameters)
    assert seen == set(range(0, 256, 8))  # 0x80 among them, with which a pickle starts


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(UnreadableDataError, match=r"^none cannot be read \(there is no such file\)"):
        load(tmp_path / "none")
    with pytest.raises(UnreadableDataError, match="cannot be read"):
        load(tmp_path)
    with pytest.raises(InvalidArgumentError, match="path"):
        load("")


def test_a_checkpoint_of_training_says_what_it_is(tmp_path):
    arrays, record = Training(CRNN(image_size=22, random_state=0), seed=1).state()
    write_checkpoint(tmp_path / "run.safetensors", arrays, record | {"run": {}})
    with pytest.raises(UnreadableDataError, match=r"^run\.safetensors is a checkpoint .*checkpoint=.*save the class"):
        load(tmp_path / "run.safetensors")


def test_arrays_of_numpy_are_to_be_loaded_first(tmp_path):
    network = CRNN(**SMALL)
    bias = np.arange(32.0)
    for name, write in {
        "w.npz": lambda p: np.savez(p, **{"conv1.bias": bias}),
        "w.npy": lambda p: np.save(p, bias),
    }.items():
        write(tmp_path / name)
        with pytest.raises(UnreadableDataError, match=rf"^{name} holds arrays of NumPy.*np\.load"):
            import_state_dict(network, tmp_path / name)
    with np.load(tmp_path / "w.npz") as source:
        assert import_state_dict(network, source) == ["conv1.bias"]
    assert_array_equal(network.parameters["conv1.bias"], bias)


def test_what_cannot_be_saved(tmp_path):
    network = CRNN(**SMALL)
    with pytest.raises(InvalidArgumentError, match=r"type CRNNClassifier; .*classifier\.save\(path\)"):
        save(tmp_path / "w", CRNNClassifier())
    with pytest.raises(InvalidArgumentError, match="network has type dict"):
        save(tmp_path / "w", network.state_dict())
    with pytest.raises(InvalidArgumentError, match="training_record must be what JSON can hold"):
        save(tmp_path / "w", network, training_record={"when": object()})
    with pytest.raises(InvalidArgumentError, match="cannot be written"):
        save(tmp_path / "no folder" / "w", network)
    network.parameters["conv1.bias"][3] = np.inf
    with pytest.raises(InvalidArgumentError, match=r"not finite in conv1\.bias"):
        save(tmp_path / "w", network)
    assert list(tmp_path.iterdir()) == []


def test_import_takes_what_is_named(rng):
    network = CRNN(**SMALL)
    before = network.state_dict()
    elsewhere = {f"backbone.{k}.{part}": values for k in (1, 2, 3) for part, values in {
        "weight": rng.standard_normal(before[f"conv{k}.weight"].shape),
        "bias": rng.standard_normal(before[f"conv{k}.bias"].shape).astype(np.float16),
    }.items()}  # fmt: skip
    taken = import_state_dict(network, elsewhere, names={"conv1": "backbone.1", "conv3.bias": "backbone.3.bias"})
    assert taken == ["conv1.weight", "conv1.bias", "conv3.bias"]
    for name, values in network.parameters.items():
        other = elsewhere[name.replace("conv", "backbone.")] if name in taken else before[name]
        assert_array_equal(values, other.astype(np.float32))


def test_import_takes_the_same_names_from_a_file(tmp_path, rng):
    weight = rng.standard_normal((64, 32, 3, 3)).astype(np.float32)
    save_file({"conv2.weight": weight, "classifier.weight": np.zeros((7, 3), np.float32)}, tmp_path / "cnn")
    network = CRNN(**SMALL)
    assert import_state_dict(network, tmp_path / "cnn") == ["conv2.weight"]
    assert_array_equal(network.parameters["conv2.weight"], weight)


@pytest.mark.parametrize(
    ("source", "names", "message"),
    [
        ({"features.0.weight": np.zeros((32, 3, 3, 3))}, None, r"no name of the network; it has features\.0\.weight"),
        ({}, None, "it has nothing"),
        ({"a": np.zeros(3)}, {"conv1.bias": "a"}, r"source\['a'\] has shape \(3,\).*conv1\.bias takes .*\(32,\)"),
        ({"a": np.zeros(32, int)}, {"conv1.bias": "a"}, "type int64"),
        ({"a": np.full(32, np.nan)}, {"conv1.bias": "a"}, "finite"),
        ({"a": np.full(32, 1e300)}, {"conv1.bias": "a"}, "finite in float32"),
        ({"a.weight": np.zeros((32, 3, 3, 3))}, {"conv1": "a"}, r"source lacks a\.bias"),
        ({"a": np.zeros(32)}, {"conv1.bia": "a"}, r"Did you mean .*conv1\.bias"),
        ({"a": np.zeros(32)}, {}, "must be a dict such as"),
        ({"a": "text"}, {"conv1.bias": "a"}, "type <U4"),
        (7, None, "source=7 must be the path"),
    ],
)
def test_import_refuses_and_changes_nothing(source, names, message):
    network = CRNN(**SMALL)
    before = network.state_dict()
    with pytest.raises(InvalidArgumentError, match=message):
        import_state_dict(network, source, names=names)
    for name, values in network.parameters.items():
        assert_array_equal(values, before[name])


def test_import_from_torch_files(tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is an optional extra")
    other = CRNN(image_size=SIZE, random_state=9)
    module = to_torch(other)
    torch.save(module.state_dict(), tmp_path / "plain.pt")
    torch.save({"state_dict": module.state_dict(), "epoch": 3}, tmp_path / "nested.pt")
    torch.save({name: values.bfloat16() for name, values in module.state_dict().items()}, tmp_path / "half.pt")
    for name in ("plain.pt", "nested.pt"):
        network = CRNN(**SMALL)
        assert import_state_dict(network, tmp_path / name) == list(network.parameters)
        assert_array_equal(network.parameters["shared.weight"], other.parameters["shared.weight"])
    network = CRNN(**SMALL)
    import_state_dict(network, tmp_path / "half.pt", names={"conv1": "conv1"})
    np.testing.assert_allclose(network.parameters["conv1.bias"], other.parameters["conv1.bias"], rtol=2**-8)
    torch.save(module, tmp_path / "module.pt")
    with pytest.raises(UnreadableDataError, match=r"^module\.pt does not hold a state_dict and nothing else"):
        import_state_dict(network, tmp_path / "module.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(UnreadableDataError, match=r"^list\.pt holds a list"):
        import_state_dict(network, tmp_path / "list.pt")
    (tmp_path / "cut.pt").write_bytes((tmp_path / "plain.pt").read_bytes()[:2000])
    with pytest.raises(UnreadableDataError, match=r"^cut\.pt "):
        import_state_dict(network, tmp_path / "cut.pt")
