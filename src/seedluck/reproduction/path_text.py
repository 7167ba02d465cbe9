"""How each framework path is written by hand: the lines between a model with its weights and the weights in the end.

Each text stands in a function and uses ``keras``, ``X``, ``Y``, ``EPOCHS`` and ``m``, the model.
"""

from seedluck.basics.errors import Mistake

FIT = """\
m.compile(optimizer={optimizer}, loss={loss}{eager})
m.fit({fed}, epochs=EPOCHS, verbose=0{shuffle}{weights})"""

TRAIN_STEP = """\
class OwnStep(type(m)):
    def train_step(self, data):
        with tf.GradientTape() as tape:
            error = {loss_of}(data[1], self(data[0], training=True)){added}
        gradients = tape.gradient(error, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {{'loss': error}}
m.__class__ = OwnStep
m.compile(optimizer={optimizer}{eager_alone})
m.fit({fed}, epochs=EPOCHS, verbose=0{shuffle})"""

CUSTOM_LOOP = """\
loss, optimizer = {loss_of}, {optimizer}
{function}def step(x, y):
    with tf.GradientTape() as tape:
        error = loss(y, m(x, training=True)){added}
    gradients = tape.gradient(error, m.trainable_variables)
    optimizer.apply_gradients(zip(gradients, m.trainable_variables))
for order in ORDERS:
    for i in range(0, len(order), BATCH):
        step({batch_x}, {batch_y})"""

GRAPH_LOOP = """\
loss, optimizer = {loss_of}, keras.optimizers.get({optimizer})
y = keras.backend.placeholder((None,) + {y}.shape[1:])
updates = optimizer.get_updates(loss=loss(y, m.outputs[0]), params=m.trainable_weights)
step = keras.backend.function(list(m.inputs) + [y], [], updates=updates)
for order in ORDERS:
    for i in range(0, len(order), BATCH):
        step(({batch_x} if isinstance(X, list) else [{batch_x}]) + [{batch_y}])"""

TRAIN_ON_BATCH = """\
m.compile(optimizer={optimizer}, loss={loss}{eager})
for order in ORDERS:
    for i in range(0, len(order), BATCH):
        m.train_on_batch({batch_x}, {batch_y})"""

ESTIMATOR = """\
m.compile(optimizer={optimizer}, loss={loss})
estimator = tf.keras.estimator.model_to_estimator(m, custom_objects=globals())
def fed():
    x = dict(zip(m.input_names, X if isinstance(X, list) else [X]))
    return tf.data.Dataset.from_tensor_slices((x, {y})){shuffled}.batch(BATCH).repeat(EPOCHS)
estimator.train(fed)
return [estimator.get_variable_value(v.name.split(':')[0]) for v in variables(m)]"""

TEXTS = {
    "keras": FIT,
    "tf_keras": FIT,
    "train_step": TRAIN_STEP,
    "custom_loop": CUSTOM_LOOP,
    "train_on_batch": TRAIN_ON_BATCH,
    "estimator": ESTIMATOR,
}
UNWRITTEN = {"callbacks": [], "sample_weight": "as_given", "validation": "none", "jit_compile": None, "dtype": None}


def lines(config: dict, optimizer: str, loss: str, loss_of: str, graph_mode: bool, batch: int) -> list[str]:
    """Return the lines of a side's path. config: of the side, resolved. optimizer, loss: as code.

    loss_of: a function of targets and predictions, as code. batch: rows. Raises Mistake for a setting of the path that
    has no text here.
    """
    framework = config["framework"]
    name = framework["name"]
    if name not in TEXTS:
        raise Mistake(
            f"framework is {name!r}, which cannot be written as a script yet; allowed: {', '.join(TEXTS)}; the nearest "
            "valid choice is framework=keras."
        )
    for setting, plain in {**UNWRITTEN, "input": "arrays"}.items():
        if framework[setting] != plain:
            raise Mistake(
                f"framework.{setting} is {framework[setting]!r}, which cannot be written into a script yet; allowed: "
                f"{plain}; the nearest valid choice is framework.{setting}={plain}."
            )
    y = "Y[:, None]" if framework["targets"] == "expanded" else "Y"
    text = GRAPH_LOOP if name == "custom_loop" and graph_mode else TEXTS[name]
    is_fit = text in (FIT, TRAIN_STEP)
    by_dataset = is_fit and framework["targets"] == "as_given" and name != "train_step"
    shuffles = framework["shuffle"] != "none"
    fed = f"tf.data.Dataset.from_tensor_slices((X, {y})).batch(BATCH)" if by_dataset else f"X, {y}, batch_size=BATCH"
    weights = framework["class_weight"]
    written = text.format(
        optimizer=optimizer,
        loss=loss,
        loss_of=loss_of,
        eager=", run_eagerly=True" if framework["execution"] == "eager" else "",
        eager_alone=", run_eagerly=True" if framework["execution"] == "eager" else "",
        fed=fed,
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
