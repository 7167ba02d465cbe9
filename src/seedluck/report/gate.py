"""What a CI system reads of a verdict: JUnit XML, and a summary in Markdown."""

import re
from xml.etree import ElementTree

from seedluck.basics.markdown import escaped
from seedluck.verdicts.sentence import VERDICTS

NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # characters that XML 1.0 has not got


def stopped(verdict: dict, gate: list[str]) -> list[dict]:
    """Return the comparisons whose verdict is one of the gate's. verdict: content of verdict.json."""
    return [comparison for comparison in verdict["comparisons"] if comparison["verdict"] in gate]


def junit(verdict: dict, gate: list[str]) -> str:
    """Return JUnit XML: a test case for each comparison, which fails if its verdict is one of the gate's.

    A run that did not finish is a case with an error. verdict: content of verdict.json.
    """
    failing, missing = stopped(verdict, gate), verdict["missing"]
    counts = {"tests": len(verdict["comparisons"]) + len(missing), "failures": len(failing), "errors": len(missing)}
    suite = ElementTree.Element(
        "testsuite", name=_xml(verdict["scenario"]), **{name: str(count) for name, count in counts.items()}
    )
    for comparison in verdict["comparisons"]:
        case = ElementTree.SubElement(
            suite, "testcase", classname=_xml(verdict["scenario"]), name=_xml(_name(comparison))
        )
        said = f"{VERDICTS[comparison['verdict']]}: {_xml(comparison['sentence'])}"
        if comparison in failing:
            ElementTree.SubElement(case, "failure", type=comparison["verdict"], message=said)
        ElementTree.SubElement(case, "system-out").text = said
    for lacking in missing:
        name = _xml(f"run {lacking}")
        case = ElementTree.SubElement(suite, "testcase", classname=_xml(verdict["scenario"]), name=name)
        ElementTree.SubElement(case, "error", type="missing", message="the run did not finish")
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def markdown(verdict: dict, gate: list[str]) -> str:
    """Return a summary with a row for each comparison, for the page of a CI run. verdict: content of verdict.json."""
    failing = stopped(verdict, gate)
    state = f"{len(failing)} of {len(verdict['comparisons'])} comparisons stopped the gate" if failing else "passed"
    lines = [f"### Seedluck: {_escaped(verdict['scenario'])}: {state}", ""]
    lines += ["| verdict | factor | baseline | variant | seeds | why |", "|---|---|---|---|---|---|"]
    for comparison in verdict["comparisons"]:
        mark = "**" if comparison in failing else ""
        texts = [comparison[key] for key in ("factor", "baseline", "variant", "seeds", "sentence")]
        cells = [f"{mark}{VERDICTS[comparison['verdict']]}{mark}", *map(_escaped, texts)]
        lines.append(f"| {' | '.join(cells)} |")
    if verdict["missing"]:
        lines += ["", f"{len(verdict['missing'])} runs did not finish."]
    lines += ["", f"Run {verdict['run_id']}, gate: {', '.join(gate)}."]
    return "\n".join(lines) + "\n"


def _name(comparison):
    return f"{comparison['factor']}: {comparison['variant']} against {comparison['baseline']}"


def _xml(text):
    return NO_XML.sub("\N{REPLACEMENT CHARACTER}", str(text))


def _escaped(text):
    return escaped(_xml(text))
