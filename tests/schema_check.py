#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check run directories against docs/run.schema.json and docs/journal.schema.json, and docs/isolation.schema.json where they have that file. Usage: schema_check.py RUN…
Readers ignore fields that they do not know, and so do the schemas; here such a field is wrong, since it is not described. Says
FILE[:LINE]: where in it: what is wrong, for everything that is; exit status 1 then. A last line that a kill tore is none."""
import json
import pathlib
import sys

import jsonschema

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"


def close(schema):
    """No member that is not described, wherever members are described and nothing is said of others."""
    if isinstance(schema, dict):
        if "properties" in schema and "type" in schema:
            schema.setdefault("additionalProperties", False)
        for v in schema.values():
            close(v)
    elif isinstance(schema, list):
        for v in schema:
            close(v)


def validator(name):
    schema = json.loads((DOCS / name).read_text())
    close(schema)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)


def complaints(check, value, where):
    for e in check.iter_errors(value):
        yield f"{where}: {'/'.join(map(str, e.absolute_path)) or 'the whole'}: {e.message[:200]}"


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def main():
    run, journal, isolation = (validator(f"{name}.schema.json") for name in ("run", "journal", "isolation"))
    bad, launches = [], 0
    for d in map(pathlib.Path, sys.argv[1:]):
        bad += complaints(run, json.loads((d / "run.json").read_text(), parse_constant=refuse_constant), d / "run.json")
        if (d / "isolation.json").exists():
            bad += complaints(isolation, json.loads((d / "isolation.json").read_text(), parse_constant=refuse_constant), d / "isolation.json")
        for n, line in enumerate((d / "journal.jsonl").read_text().split("\n")[:-1], 1):
            bad += complaints(journal, json.loads(line, parse_constant=refuse_constant), f"{d / 'journal.jsonl'}:{n}")
            launches += 1
    print(*bad[:20], f"{len(sys.argv) - 1} runs, {launches} launches, {len(bad)} complaints", sep="\n")
    return 1 if bad or not launches else 0


sys.exit(main())
