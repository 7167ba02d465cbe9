"""A side is composed once, unless a setting of it follows the seed."""

import pytest

from seedluck.config.composition import Compositions

ASKS = ["${seed.value}", "[1,{a:'${seed.value}'}]", "${oc.select:seed.value}", "${scenario.settings.data_seed}"]


@pytest.fixture
def composed(monkeypatch, hydra):
    """Compose a side at the seeds 0, 1 and 2; return the settings at each, and how often it was composed."""

    def at_seeds(*words):
        compositions, composings = Compositions(*hydra), []
        whole = compositions.whole
        monkeypatch.setattr(compositions, "whole", lambda *how: composings.append(how) or whole(*how))
        made = [compositions.ready(["scenario=input_shape", *words], seed) for seed in range(3)]
        assert [one.config["seed"]["value"] for one in made] == [0, 1, 2]
        return [one.config["scenario"]["settings"] for one in made], len(composings)

    return at_seeds


def test_where_nothing_follows_the_seed_it_is_composed_once(composed):
    settings, count = composed()
    assert settings[0] == settings[1] == settings[2]
    assert count == 1


@pytest.mark.parametrize("value", ASKS)
def test_what_follows_the_seed_is_composed_at_each(composed, value):
    settings, count = composed("scenario.settings.data_seed=${seed.value}", f"+scenario.settings.more={value}")
    assert [one["data_seed"] for one in settings] == [0, 1, 2]
    assert settings[0]["more"] != settings[2]["more"]
    assert count == 3
