import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from engine.backends.parity import LIMITS
from training.export_half import SAFETY, convert, coordinate_nodes


def graph(nodes, inputs, outputs, constants=()):
    def values(pairs):
        return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in pairs]

    made = helper.make_graph(nodes, "small", values(inputs), values(outputs), list(constants))
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def constant(name, values):
    array = np.asarray(values, np.float32)
    return helper.make_tensor(name, TensorProto.FLOAT, array.shape, array.tobytes(), raw=True)


def run(model, feeds):
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def test_weights_are_halved_and_inputs_and_outputs_stay_float32():
    rng = np.random.default_rng(0)
    model = graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        [("x", (4, 8))],
        [("y", (4, 8))],
        [constant("w", rng.normal(size=(8, 8)))],
    )
    feeds = {"x": rng.normal(size=(4, 8)).astype(np.float32)}
    half, kept, parity = convert(model, feeds, run(model, feeds))
    assert kept == []
    assert 0 < parity.error < SAFETY * LIMITS["fp16"]
    assert [item.data_type for item in half.graph.initializer] == [TensorProto.FLOAT16]
    assert run(half, feeds)["y"].dtype == np.float32


def test_what_float16_cannot_hold_goes_back_to_float32():
    # (x + 3000) - 3000: float16 knows numbers near 3000 to 2 only
    model = graph(
        [
            helper.make_node("MatMul", ["x", "w"], ["m"]),
            helper.make_node("Add", ["m", "c"], ["a"]),
            helper.make_node("Sub", ["a", "c"], ["y"]),
        ],
        [("x", (4, 4))],
        [("y", (4, 4))],
        [constant("w", np.eye(4)), constant("c", [3000.0])],
    )
    feeds = {"x": np.linspace(-1, 1, 16, dtype=np.float32).reshape(4, 4)}
    half, kept, parity = convert(model, feeds, run(model, feeds))
    assert set(kept) == {"Add", "Sub"}
    assert parity.passed
    np.testing.assert_allclose(run(half, feeds)["y"], feeds["x"], atol=5e-3)


def test_a_graph_that_only_float32_computes_is_refused():
    model = graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        [("x", (1, 2))],
        [("y", (1, 1))],
        [constant("w", [[60000.0], [60000.0]])],
    )
    feeds = {"x": np.array([[200.0, -100.0]], np.float32)}
    with pytest.raises(ValueError, match="close enough"):
        convert(model, feeds, run(model, feeds))


def test_coordinates_are_what_is_computed_from_the_boxes_alone():
    model = graph(
        [
            helper.make_node("Mul", ["boxes", "c"], ["scaled"], name="scale"),
            helper.make_node("Floor", ["scaled"], ["cell"], name="floor"),
            helper.make_node("Sub", ["scaled", "cell"], ["rest"], name="rest"),
            helper.make_node("Mul", ["rest", "f8"], ["y"], name="interpolate"),
        ],
        [("boxes", (4,)), ("f8", (4,))],
        [("y", (4,))],
        [constant("c", [0.125])],
    )
    assert coordinate_nodes(model) == {"scale", "floor", "rest"}


def test_float32_neighbours_are_not_parted_by_a_detour_through_float16():
    # 2049 has no float16: a detour would show
    model = graph(
        [
            helper.make_node("Sqrt", ["boxes"], ["root"]),
            helper.make_node("Mul", ["root", "root"], ["y"]),
            helper.make_node("MatMul", ["x", "w"], ["z"]),
        ],
        [("boxes", (1, 1)), ("x", (1, 1))],
        [("y", (1, 1)), ("z", (1, 1))],
        [constant("w", [[1.0]])],
    )
    feeds = {"boxes": np.array([[2049.0]], np.float32), "x": np.array([[1.0]], np.float32)}
    half, _, _ = convert(model, feeds, run(model, feeds))
    assert run(half, feeds)["y"][0, 0] == pytest.approx(2049.0, abs=1e-3)
    onnx.checker.check_model(half, full_check=True)


def test_every_graph_but_learning_has_a_variant_close_to_it(half_models):
    graphs = half_models.manifest["graphs"]
    assert {name for name, entry in graphs.items() if "half" not in entry} == {"learn"}
    for name, entry in graphs.items():
        if "half" in entry:
            assert entry["half"]["parity"] <= LIMITS["fp16"]
            assert half_models.half_path(name).stat().st_size < 0.7 * half_models.path(name).stat().st_size
