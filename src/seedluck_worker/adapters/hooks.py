"""What a framework tells while a script trains with it, the same for every framework."""


class TrainingHooks:
    """Told by adapters, which wrap the places at which a framework is called.

    Each method gets the adapter that tells. Those that get ``original`` or ``update`` do its work by calling it, with
    whatever they put in the place of what it was given, and return what it returns.

    Attributes:
        job: the resolved configuration.
        seeds: Seeds of the run.
    """

    def imported(self, name, package):
        """A package is there, and was seeded: its doors are about to be watched."""
        raise NotImplementedError

    def follow(self, name, state):
        """A global generator was seeded. state: a function that returns its state as bytes."""
        raise NotImplementedError

    def at_begin(self, work):
        """Work is to be done whenever a training of several epochs begins."""
        raise NotImplementedError

    def made(self, adapter, model):
        """A model was made."""
        raise NotImplementedError

    def called(self, adapter, original, model, args, kwargs):
        """A model is called; original: (model, *args, **kwargs) → its answers."""
        raise NotImplementedError

    def loss(self, adapter, targets):
        """A loss is computed for these targets."""
        raise NotImplementedError

    def stepped(self, adapter, optimizer, variables, update):
        """An optimizer updates variables; update: makes it."""
        raise NotImplementedError

    def optimizer_made(self, optimizer):
        """An optimizer was made, of a framework whose trainings are not seen inside."""
        raise NotImplementedError

    def entered(self, adapter, name, original, signature, model, args, kwargs):
        """A method of a model that trains or measures by itself is called; name: as Keras has it, ``fit`` and so on."""
        raise NotImplementedError
