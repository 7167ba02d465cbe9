"""The path ``script``: somebody's own code trains, and programs/ watches it.

It has no ``train`` of the contract, since there is no scenario to give it a model.
"""

PACKAGES = ["left_to_script"]


def train(kit, scenario, model, data, job, recorder):
    """Refuse a scenario, which needs a path that trains it."""
    raise RuntimeError("framework=script trains scenario=script alone; choose another path")
