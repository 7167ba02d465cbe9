"""``python -m seedluck_worker.cases.listing FAMILY ...`` prints the catalogue, one line of JSON a case."""

import importlib
import json
import sys

from seedluck_worker.cases import FAMILIES, catalogue


def main(families):
    for name, case in catalogue(families).items():
        module = importlib.import_module(f"seedluck_worker.cases.{case.family}")
        documented = {
            package: place
            for package, has, place in getattr(module, "DOCUMENTED", ())
            if has.items() <= {"subject": case.subject, **case.arguments}.items()
        }
        phrases = getattr(module, "PHRASES", {})
        told = {"family": case.family, "subject": case.subject, "arguments": case.arguments}
        told.update(documented=documented, phrases=phrases)
        print(json.dumps({"case": name, "computation": case.compute.__name__, **told}))


if __name__ == "__main__":
    unknown = [name for name in sys.argv[1:] if name not in FAMILIES]
    if unknown:
        sys.exit(f"{', '.join(unknown)}: no family; allowed: {', '.join(FAMILIES)}")
    main(sys.argv[1:])
