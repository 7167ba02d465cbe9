"""The picture of a model is a PNG that shows every call and every shared weight."""

import json

import numpy as np

from seedluck.report import figures, model_graph
from seedluck.wording import outcome_picture

NODES = [
    {"name": "in", "class": "InputLayer", "output_shape": [None, 3], "weights": [], "after": []},
    {
        "name": "encoder",
        "class": "Dense",
        "output_shape": [None, 1],
        "weights": [{"name": "kernel", "shape": [3, 1], "trainable": True}],
        "after": ["in"],
    },
    {
        "name": "decoder",
        "class": "Tied",
        "output_shape": [None, 3],
        "weights": [
            {"name": "encoder/kernel", "shape": [3, 1], "trainable": True},
            {"name": "bias", "shape": [3], "trainable": False},
        ],
        "after": ["encoder"],
    },
]


def test_a_picture_is_written(tmp_path):
    model_graph.draw(NODES).savefig(tmp_path / "model.png")
    assert (tmp_path / "model.png").read_bytes().startswith(b"\x89PNG")


def test_layers_stand_below_what_feeds_them():
    assert [[node["name"] for node in row] for row in model_graph._rows(NODES)] == [
        ["in"],
        ["encoder"],
        ["decoder"],
    ]


def test_a_shared_weight_is_a_pair_of_owner_and_user():
    assert model_graph._shared(NODES) == [("encoder", "decoder")]
    twice = [NODES[0], NODES[1], {**NODES[1], "name": "encoder (call 2)", "after": ["encoder"]}]
    assert model_graph._shared(twice) == [("encoder", "encoder (call 2)")]


def test_a_long_name_widens_the_picture(tmp_path):
    long = [{**NODES[0], "name": "a_layer_with_a_name_that_goes_on_and_on_and_on_and_on"}]
    model_graph.draw(long).savefig(tmp_path / "long.png")
    model_graph.draw(NODES[:1]).savefig(tmp_path / "short.png")
    assert _width(tmp_path / "long.png") > _width(tmp_path / "short.png")


def _width(path):
    return int.from_bytes(path.read_bytes()[16:20], "big")


EVIL = r"$\frac$"


def test_a_name_that_looks_like_a_formula_is_drawn_as_it_is():
    nodes = [{**NODES[1], "name": EVIL, "class": EVIL, "after": []}]
    assert model_graph.png(json.dumps(nodes)).startswith(b"\x89PNG")
    values = [(np.arange(3), np.arange(3.0))]
    for make in (
        lambda: figures.curves([values, values], [EVIL, "b"], EVIL),
        lambda: outcome_picture.picture([0, 1], [np.ones(2), np.zeros(2)], [EVIL, EVIL], EVIL, None),
        lambda: figures.strips([(EVIL, [(np.ones(2), "k")], "said")], EVIL),
    ):
        assert "<svg" in model_graph.save(make)


def test_a_picture_that_cannot_be_drawn_is_left_out(tmp_path, capsys):
    def fail():
        raise ValueError("no such font")

    assert model_graph.save(fail, tmp_path / "a.png") is None
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err == "a.png could not be drawn (ValueError: no such font)\n"


def test_boxes_that_differ_are_named_on_both_sides():
    other = [dict(NODES[0]), *NODES[1:-1], {**NODES[-1], "name": "other"}]
    mine, theirs = model_graph.differing(NODES, other)
    assert mine == {NODES[-1]["name"]}
    assert theirs == {"other"}
