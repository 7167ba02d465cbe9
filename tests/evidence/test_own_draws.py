"""What the replay of a seed from its own start could not hold."""

from types import SimpleNamespace

from seedluck.evidence.own_draws import AGAIN, MASKS, ORDER, not_held


def run(draws=False, generators=None, packed="keras", **params):
    return SimpleNamespace(
        draws=draws,
        generators=generators or {},
        params=params,
        packed=packed,
        packed_as=lambda other: other.packed == packed,
        of_script="scenario.script" in params,
    )


def fed(digest, **told):
    return run(**{"resolved.data.fed.sha256": digest}, **told)


def test_draws_from_one_place_are_held():
    drawn = {"draws": True, "generators": {"tensorflow": "a1"}}
    assert not_held([run(**drawn), run(**drawn)], again=True) == []
    assert not_held([run(**drawn), run(**drawn)], again=False) == [AGAIN]


def test_what_each_side_draws_by_itself_is_listed():
    one, other = (run(draws=True, generators={"tensorflow": state}) for state in ("a1", "b2"))
    assert not_held([one, other], again=True) == [ORDER, MASKS]
    elsewhere = run(draws=True, generators=one.generators, packed="tf_keras")
    assert not_held([one, elsewhere], again=True) == [ORDER, MASKS]
    assert not_held([run(), run()], again=True) == [ORDER]  # of which nothing was followed


def test_an_order_that_was_seen_or_is_none_is_held():
    assert not_held([fed("x"), fed("x")], again=True) == []
    assert not_held([fed("x"), fed("y", generators={"numpy": "a"})], again=True) == [ORDER]
    assert not_held([run(**{"framework.shuffle": "none"})] * 2, again=True) == []
    assert not_held([run(draws=True, **{"framework.shuffle": "none"})] * 2, again=True) == [MASKS]
    script = run(**{"framework.shuffle": "none", "scenario.script": "a.py"})
    assert not_held([script, script], again=True) == [ORDER]


def test_draws_that_every_side_shares_are_held():
    shared = run(draws=True, **{"seed.kind": "shared"})
    assert not_held([shared, shared], again=True) == []
