"""What a hunt leaves: hunt.json, a page, a table of all cases as CSV, and a run in MLflow."""

import csv
from dataclasses import asdict
from pathlib import Path

import jinja2

from seedluck.basics.strict_json import text
from seedluck.hunt.campaign import Campaign
from seedluck.hunt.conclusions import Verdict
from seedluck.hunt.findings import Finding, affected
from seedluck.hunt.history import said
from seedluck.hunt.statuses import STATUSES

WORDS = {
    "agrees": "agrees with the formula",
    "departs": "departs from it",
    "doubtful": "departs, but nothing else speaks for the formula",
    "rounding": "departs in float32 alone",
    "documented": "documented otherwise",
    "refused": "refused with an error",
    "crashes": "crashes",
    "hangs": "hangs",
    "absent": "not there",
    "left_out": "not tried there",
}


def told(finding: Finding, campaign: Campaign) -> dict:
    """Return a finding as hunt.json has it."""
    versions = {stack.name: stack.versions for stack in campaign.stacks}
    return {
        **asdict(finding),
        "name": finding.name,
        "affected": affected(finding, campaign.cases[finding.cases[0]]["phrases"]),
        "wrong_versions": [versions[name] for name in finding.wrong],
        "right_versions": [versions[name] for name in finding.right],
        "since_words": said(finding.since),
        "far_words": far(finding),
    }


def far(finding: Finding) -> str:
    """Return how far off a finding's smallest case is, in words."""
    if finding.far is None:
        return "another shape, or not finite"
    return f"{100 * finding.far:.2g} % of the largest value"


def content(campaign: Campaign, verdict: Verdict) -> dict:
    """Return hunt.json."""
    counts = {
        stack.name: {one: sum(by.get(stack.name) == one for by in verdict.statuses.values()) for one in STATUSES}
        for stack in campaign.stacks
    }
    return {
        "cases": len(campaign.cases),
        "stacks": [
            {"name": stack.name, "versions": stack.versions, "counts": counts[stack.name]} for stack in campaign.stacks
        ],
        "findings": [told(one, campaign) for one in verdict.found],
        "doubtful": [told(one, campaign) for one in verdict.doubtful],
        "changes": verdict.changes,
    }


def leave(campaign: Campaign, statuses: dict, hunt: dict, against: str | None):
    """Write hunt.json, hunt.html and cases.csv into the campaign's folder."""
    (campaign.folder / "hunt.json").write_text(text(hunt), encoding="utf-8")
    (campaign.folder / "hunt.html").write_text(page(campaign, statuses, hunt, against), encoding="utf-8")
    with open(campaign.folder / "cases.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["case", "family", "subject", "stack", "versions", "status", "times_noise_floor", "error"])
        for name, by_stack in statuses.items():
            for stack in campaign.stacks:
                answer = campaign.answer(stack, name)
                if answer is not None:
                    of = [
                        name,
                        campaign.cases[name]["family"],
                        campaign.cases[name]["subject"],
                        stack.name,
                        stack.versions,
                    ]
                    writer.writerow([*of, by_stack[stack.name], answer["departure"], _harmless(answer["error"])])


def page(campaign: Campaign, statuses: dict, hunt: dict, against: str | None) -> str:
    """Return the page: findings first, then all cases at a glance, a square each."""
    grid = {}
    for name, by_stack in statuses.items():
        case = campaign.cases[name]
        row = grid.setdefault(case["family"], {}).setdefault(case["subject"], [[] for _ in campaign.stacks])
        for cells, stack in zip(row, campaign.stacks, strict=True):
            if by_stack.get(stack.name, "absent") != "absent" or not stack.is_witness:
                cells.append((name, by_stack.get(stack.name, "absent")))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("page.html").render(
        found=hunt["findings"],
        doubtful=hunt["doubtful"],
        changes=hunt["changes"],
        against=against,
        count=hunt["cases"],
        stacks=campaign.stacks,
        words=WORDS,
        grid=grid,
    )


def record(folder: Path, hunt: dict, params: dict, tracking: dict) -> str:
    """Log a hunt as a run of the experiment ``hunt``; return the run's id. Raises Mistake where no store answers."""
    from mlflow.entities import Metric, Param, RunTag
    from mlflow.exceptions import MlflowException

    from seedluck.tracking.connection import connect, experiment, no_store

    client = connect(tracking["uri"], make=True)
    try:
        run = client.create_run(experiment(client, {**tracking, "experiment": "hunt"}), run_name="hunt")
        run_id = run.info.run_id
        note = "\n".join(
            f"- {one['affected']} Wrong: {', '.join(one['wrong'])}. {one['since_words']}" for one in hunt["findings"]
        )
        metrics = [
            Metric("findings", len(hunt["findings"]), 0, 0),
            Metric("doubtful", len(hunt["doubtful"]), 0, 0),
            Metric("cases", hunt["cases"], 0, 0),
        ]
        for stack in hunt["stacks"]:
            name = "".join(letter if letter.isalnum() or letter in "._-/ " else "_" for letter in stack["name"])
            metrics += [Metric(f"{name}/{status}", count, 0, 0) for status, count in stack["counts"].items() if count]
        tags = [RunTag("kind", "hunt"), RunTag("mlflow.note.content", note[:8000])]
        client.log_batch(run_id, metrics, [Param(key, str(value)) for key, value in params.items()], tags)
        for file in ("hunt.json", "hunt.html", "cases.csv"):
            client.log_artifact(run_id, str(folder / file))
        if (folder / "scripts").is_dir():
            client.log_artifacts(run_id, str(folder / "scripts"), "scripts")
        client.set_terminated(run_id)
    except (MlflowException, OSError) as error:
        raise no_store(tracking["uri"], error) from error
    return run_id


def _harmless(text):
    """A text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text and text[0] in "=+-@\t\r" else text
