"""A framework path as code: its SOURCE, as config/paths.py describes it, with a side's settings filled in."""

from seedluck.basics.errors import Mistake
from seedluck.config.paths import framework_path, framework_paths

UNWRITTEN = {"callbacks": [], "sample_weight": "as_given", "validation": "none", "jit_compile": None, "dtype": None}


def lines(
    config: dict, import_path: list[str], optimizer: str, loss: str, loss_of: str, graph_mode: bool, batch: int
) -> list[str]:
    """Return the lines of a side's path. config: of the side, resolved. optimizer, loss: as code.

    loss_of: a function of targets and predictions, as code. batch: rows. Raises Mistake for a path without a SOURCE,
    and for a setting that no SOURCE has.
    """
    framework = config["framework"]
    path = framework_path(framework["name"], import_path)
    text = path.source_in_graphs if graph_mode else path.source
    if text is None:
        known = [name for name, one in framework_paths(import_path).items() if one.source]
        raise Mistake(
            f"framework is {path.name!r}, which cannot be written as a script yet; allowed: {', '.join(known)}; the "
            "nearest valid choice is framework=keras."
        )
    for setting, plain in {**UNWRITTEN, "input": "arrays"}.items():
        if framework[setting] != plain:
            raise Mistake(
                f"framework.{setting} is {framework[setting]!r}, which cannot be written into a script yet; allowed: "
                f"{plain}; the nearest valid choice is framework.{setting}={plain}."
            )
    y = "Y[:, None]" if framework["targets"] == "expanded" else "Y"
    by_dataset = "{fed}" in text and framework["targets"] == "as_given"
    shuffles = framework["shuffle"] != "none"
    arrays = f"X, {y}, batch_size=BATCH"
    fed = f"tf.data.Dataset.from_tensor_slices((X, {y})).batch(BATCH)" if by_dataset else arrays
    weights = framework["class_weight"]
    written = text.format(
        optimizer=optimizer,
        loss=loss,
        loss_of=loss_of,
        eager=", run_eagerly=True" if framework["execution"] == "eager" else "",
        fed=fed,
        fed_as_arrays=arrays,
        y=y,
        shuffle="" if by_dataset else f", shuffle={shuffles}",
        shuffled=".shuffle(len(Y))" if shuffles else "",
        weights=f", class_weight={ {int(key): value for key, value in weights.items()} }" if weights else "",
        added="" if graph_mode else " + sum(m.losses)",
        function="" if framework["execution"] == "eager" else "@tf.function\n",
        batch_x="rows(X, order[i:i + BATCH])",
        batch_y=f"rows({y}, order[i:i + BATCH])",
    )
    orders = "[RANDOM.permutation(len(Y)) for _ in range(EPOCHS)]" if shuffles else "[range(len(Y))] * EPOCHS"
    return written.replace("ORDERS", orders).replace("BATCH", str(batch)).splitlines()
