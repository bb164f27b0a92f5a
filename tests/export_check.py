#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""export_check.py FORMAT RUN LIST FILE... - read an export as its consumers do, and compare every value with the run's own files.
LIST is what `isocost list workloads` says: units and directions.

csv and json are read by Python's modules, OpenMetrics by the parser of python3-prometheus-client; the others by readers written from
the published grammars: golang.org/design/14313-benchmark-format, the reporter of Google Benchmark, hyperfine's export, and the
input of github-action-benchmark. Exit status 77: a parser is not installed.
"""
import collections
import csv
import json
import math
import re
import statistics
import sys
import urllib.parse


def fail(text):
    sys.exit(f"export_check: {text}")


def check(condition, text):
    if not condition:
        fail(text)


def no_constant(text):
    fail(f"{text} is not JSON")


def load_json(path):
    def unique(pairs):
        check(len(dict(pairs)) == len(pairs), f"{path}: an object has a key twice")
        return dict(pairs)
    with open(path, encoding="utf-8") as f:
        return json.load(f, parse_constant=no_constant, object_pairs_hook=unique)


class Run:
    """What the run's own files say: samples[label, workload, metric][launch] = list, in the order the launches ran."""

    def __init__(self, path, listed):
        self.run = load_json(f"{path}/run.json")
        self.read_units(listed)
        # A twin repeats its arm for the noise floor: nothing to export.
        self.label = {a["name"]: a["label"] for a in self.run["arms"] if not a.get("twin_of")}
        startup = {w["name"] for w in self.run["workloads"] if w["workload"] == "startup"}
        self.samples = collections.defaultdict(dict)
        self.histograms = {}
        self.failed = collections.Counter()
        self.marked = collections.Counter()
        with open(f"{path}/journal.jsonl", encoding="utf-8") as f:
            launches = [l for l in map(json.loads, f) if l["arm"] in self.label]
        for l in launches:
            cell = self.label[l["arm"]], l["workload"]
            self.failed[cell] += not l["ok"] and not l.get("cannot")
            self.marked[cell] += l["ok"] and bool(l["marks"])
            if not l["ok"]:
                continue
            if l["workload"] in startup:
                self.samples[(*cell, "startup")][l["launch"]] = [l["startup_s"]]
                continue
            for m in l["metrics"]:
                if m.get("histogram"):
                    self.histograms[(*cell, m["name"], l["launch"])] = m["histogram"]
                    self.samples[(*cell, m["name"])][l["launch"]] = []
                elif any(s is not None for s in m["samples"]):
                    self.samples[(*cell, m["name"])][l["launch"]] = m["samples"]

    def read_units(self, listed):
        """units[workload][metric] = unit, direction"""
        known, self.units = collections.defaultdict(dict), {}
        with open(listed, encoding="utf-8") as f:
            for line in f:
                if m := re.match(r"  (\S+) ", line):
                    name = m[1]
                elif m := re.match(r"      measures (\S+) +(\S+) +(lower|higher) is better: ", line):
                    known[name][m[1]] = m[2], m[3]
        for w in self.run["workloads"]:
            self.units[w["name"]] = known[w["workload"]]
            if w["workload"] == "startup":
                self.units[w["name"]] = {"startup": ("s", "lower")}

    def unit(self, cell):
        return self.units[cell[1]][cell[2]][0]

    def better(self, cell):
        return self.units[cell[1]][cell[2]][1]

    def values(self):
        """values[label, workload, metric] = one value a launch"""
        return {cell: [self.value(cell, launch, v) for launch, v in launches.items()] for cell, launches in self.samples.items()}

    def bins(self, cell, launch):
        """Middle and count of each bin, as docs/results-format.md defines them."""
        h = self.histograms[(*cell, launch)]
        for i, n in h["bins"]:
            power, part = divmod(i, h["parts"])
            middle = 2 ** (h["lowest_exponent"] + power) * (1 + (part + 0.5) / h["parts"])
            yield min(max(middle, h["min"]), h["max"]), n

    def value(self, cell, launch, samples):
        if (*cell, launch) not in self.histograms:
            return statistics.median(s for s in samples if s is not None)
        left = math.ceil(self.histograms[(*cell, launch)]["count"] / 2)
        for middle, n in self.bins(cell, launch):
            left -= n
            if left <= 0:
                return middle


def close(a, b):
    return math.isclose(a, b, rel_tol=1e-12)


def same_values(got, want, what):
    check(set(got) == set(want), f"{what}: cells differ: {sorted(set(got) ^ set(want))}")
    for cell, values in want.items():
        check(len(got[cell]) == len(values), f"{what}: {cell}: {len(got[cell])} values, expected {len(values)}")
        for a, b in zip(got[cell], values):
            check(close(a, b), f"{what}: {cell}: {a}, expected {b}")


def check_csv(run, path):
    got = collections.defaultdict(lambda: collections.defaultdict(list))
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    check(text.endswith("\r\n"), "csv: the last line does not end in CR LF")
    reader = csv.DictReader(text.splitlines(keepends=True), strict=True)
    for row in reader:
        check(None not in row and None not in row.values(), f"csv: line {reader.line_num}: wrong number of fields")
        cell = row["label"], row["workload"], row["metric"]
        samples = got[cell][int(row["launch"])]
        check(int(row["sample"]) == len(samples), f"csv: line {reader.line_num}: samples are not in order")
        check(int(row["failed"]) == run.failed[cell[:2]], f"csv: {cell}: failed")
        check(run.label[row["arm"]] == row["label"], f"csv: {row['arm']} is not {row['label']}")
        check((row["unit"], row["better"]) == (run.unit(cell), run.better(cell)), f"csv: {cell}: unit or direction")
        samples.append((float(row["value"]) if row["value"] else None, int(row["count"])))
    for cell, launches in run.samples.items():
        for launch, samples in launches.items():
            want = [(v, 1) for v in samples] if (*cell, launch) not in run.histograms else list(run.bins(cell, launch))
            check(got[cell].pop(launch, None) == want, f"csv: {cell}: not the samples of launch {launch}")
    check(not any(got.values()), "csv: more than the samples of the run")


def check_json(run, path):
    doc = load_json(path)
    check(doc["export_schema"] == 1 and doc["run"]["id"] == run.run["id"], "json: head")
    check(doc["run"]["arms"] == run.run["arms"], "json: arms are not those of run.json")
    check(len(doc["failed"]) == sum(run.failed.values()), "json: failed launches")
    got, medians = {}, {}
    for c in doc["cells"]:
        cell = c["label"], c["workload"], c["metric"]
        got[cell] = {l["launch"]: l["samples"] for l in c["launches"]}
        medians[cell] = [l["value"] for l in c["launches"]]
        for l in c["launches"]:
            check(l["histogram"] == run.histograms.get((*cell, l["launch"])), f"json: {cell}: histogram of launch {l['launch']}")
        check((c["unit"], c["better"]) == (run.unit(cell), run.better(cell)), f"json: {cell}: unit or direction")
        check(c["launches_failed"] == run.failed[cell[:2]], f"json: {cell}: failed")
        check(c["launches_marked"] == run.marked[cell[:2]], f"json: {cell}: marked")
        check(close(c["summary"]["median"], statistics.median(medians[cell])), f"json: {cell}: median")
        check(c["summary"]["n"] == len(c["launches"]), f"json: {cell}: n")
    check(got == run.samples, "json: not the samples of the run")
    same_values(medians, run.values(), "json")


def go_fields(line):
    """strings.Fields of Go: separated by unicode.IsSpace."""
    return re.findall(r"[^\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+", line)


def go_name(run, name):
    """Benchmark<Workload>/arm=<label>-<cpus>"""
    m = re.fullmatch(r"Benchmark(.)(.*)/arm=(.*)-(\d+)", name)
    check(m, f"benchstat: name {name}")
    check(int(m[4]) == run.run["envelope"]["cpus"], f"benchstat: {name}: CPUs")
    check(m[1].isupper() or m[1] == "%", f"benchstat: {name}: no capital letter behind Benchmark")
    check("/" not in m[2] + m[3] and "=" not in m[3], f"benchstat: {name}: separators in a part")
    plain = lambda s: urllib.parse.unquote(s.replace("_", " "), errors="strict")
    return plain(m[3]), plain(m[1].lower() + m[2])


def check_benchstat(run, path):
    got, better = collections.defaultdict(list), {}
    with open(path, encoding="utf-8", newline="") as f:
        lines = f.read().split("\n")
    check(lines.pop() == "", "benchstat: the last line has no end")
    marks = 0
    for line in lines:
        check(len(line) < 65536, "benchstat: a line is longer than readers take")
        fields = go_fields(line)
        if line.startswith("Benchmark"):
            check(len(fields) >= 4 and len(fields) % 2 == 0, f"benchstat: fields of {line}")
            check(fields[1].isdigit() and int(fields[1]) > 0, f"benchstat: iterations of {line}")
            for value, unit in zip(fields[2::2], fields[3::2]):
                check(re.fullmatch(r"[-+]?\d+(\.\d+)?(e[-+]\d+)?", value), f"benchstat: value {value}")
                check(unit in better, f"benchstat: unit {unit} has no metadata before its first use")
                cell = (*go_name(run, fields[0]), unit.rpartition("-")[0])
                check(unit.rpartition("-")[2] == run.unit(cell).replace("s", "sec", run.unit(cell) == "s"), f"benchstat: {line}")
                check(better[unit] == run.better(cell), f"benchstat: {unit}: direction")
                got[cell].append(float(value))
        elif fields and fields[0] == "Unit":
            check(len(fields) == 3, f"benchstat: {line}")
            key, _, value = fields[2].partition("=")
            check(key == "better" and value in ("lower", "higher"), f"benchstat: {line}")
            check(fields[1] not in better, f"benchstat: {fields[1]} twice")
            better[fields[1]] = value
        elif line.startswith("#"):
            marks += "is marked:" in line
        else:
            check(re.match(r"[a-z][^\sA-Z:]*:[ \t]+\S", line), f"benchstat: neither result, unit nor configuration: {line}")
    same_values(got, run.values(), "benchstat")
    cells = {c: n for c, n in run.marked.items() if n}
    want = sum(n * sum(k[:2] == c for k in run.samples) for c, n in cells.items())
    check(marks == want, f"benchstat: {marks} marked lines, expected {want}")


def gbench_entry(e):
    fields = {"name": str, "run_name": str, "run_type": str, "repetitions": int, "threads": int, "iterations": int, "time_unit": str,
              "family_index": int, "per_family_instance_index": int, "real_time": float, "cpu_time": float}
    for name, kind in fields.items():
        check(isinstance(e.get(name), kind), f"gbench: {e.get('name')}: {name} is {e.get(name)}")
    check(e["time_unit"] in ("ns", "us", "ms", "s"), "gbench: time_unit")
    check(e["run_type"] in ("iteration", "aggregate"), "gbench: run_type")


def check_gbench(run, path):
    doc = load_json(path)
    for name in ("date", "host_name", "executable", "num_cpus", "mhz_per_cpu", "caches", "load_avg", "library_build_type"):
        check(name in doc["context"], f"gbench: no {name} in context")
    cells = {f"{w}/{m}/{label}": (label, w, m) for label, w, m in run.samples}
    times, got = collections.defaultdict(list), collections.defaultdict(list)
    for e in doc["benchmarks"]:
        gbench_entry(e)
        check(e["run_name"] in cells, f"gbench: {e['run_name']} is no cell of the run")
        label, workload, metric = cells[e["run_name"]]
        rate = e.get("bytes_per_second", e.get("items_per_second"))
        if e["run_type"] == "iteration":
            check(e["name"] == e["run_name"] and e["repetition_index"] == len(times[e["run_name"]]), f"gbench: {e['name']}")
            times[e["run_name"]].append(e["real_time"])
            got[label, workload, metric].append(e["real_time"] if rate is None else rate)
            check(rate is None or close(rate * e["real_time"], 1), f"gbench: {e['name']}: rate and time")
        else:
            check(e["name"] == f"{e['run_name']}_{e['aggregate_name']}", f"gbench: {e['name']}")
            of = {"mean": statistics.fmean, "median": statistics.median, "stddev": statistics.stdev}[e["aggregate_name"]]
            check(math.isclose(e["real_time"], of(times[e["run_name"]]), rel_tol=1e-9), f"gbench: {e['name']}: {e['real_time']}")
            check(e["launches_failed"] == run.failed[label, workload], f"gbench: {e['name']}: failed")
    same_values(got, {c: v for c, v in run.values().items() if run.unit(c) != "B"}, "gbench")


def check_hyperfine(run, path):
    doc, got = load_json(path), {}
    for r in doc["results"]:
        check(isinstance(r["command"], str) and len(r["exit_codes"]) == len(r["times"]), "hyperfine: exit_codes")
        p = r["parameters"]
        check(all(isinstance(v, str) for v in p.values()), "hyperfine: parameters")
        got[p["arm"], p["workload"], p["metric"]] = r["times"]
        for name, of in ("mean", statistics.fmean), ("median", statistics.median), ("min", min), ("max", max):
            check(math.isclose(r[name], of(r["times"]), rel_tol=1e-9), f"hyperfine: {r['command']}: {name}")
        check(math.isclose(r["stddev"], statistics.stdev(r["times"]), rel_tol=1e-9), f"hyperfine: {r['command']}: stddev")
    times = {c: v for c, v in run.values().items() if run.unit(c) == "s"}
    same_values(got, times, "hyperfine")


def check_gha(run, small, big):
    got, names = {}, set()
    for path in small, big:
        doc = load_json(path)
        check(isinstance(doc, list) and doc, f"gha: {path} is no list, or empty")
        for b in doc:
            check(isinstance(b["value"], (int, float)) and b["unit"] and isinstance(b["extra"], str), f"gha: {b}")
            check(isinstance(b.get("range", ""), str), f"gha: {b}")
            check(b["name"] not in names, f"gha: {b['name']} twice")
            names.add(b["name"])
            got[b["name"], b["unit"], "higher" if path == big else "lower"] = [b["value"]]
    title = lambda c: f"{c[1] if len(run.units[c[1]]) == 1 else f'{c[1]} {c[2]}'} [{c[0]}]"
    same_values(got, {(title(c), run.unit(c), run.better(c)): [statistics.median(v)] for c, v in run.values().items()}, "gha")


def check_openmetrics(run, path):
    try:
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
    except ImportError:
        print("no module prometheus_client; Debian has it in python3-prometheus-client")
        sys.exit(77)
    with open(path, encoding="utf-8", newline="") as f:
        text = f.read()
    check(text.endswith("\n# EOF\n"), "openmetrics: no EOF")
    got, counts = {}, {}
    for family in text_string_to_metric_families(text):
        check(family.documentation, f"openmetrics: {family.name} has no help")
        for s in family.samples:
            check(math.isfinite(s.value), f"openmetrics: {s}")
            cell = s.labels.get("arm"), s.labels.get("workload"), s.labels.get("metric")
            if s.labels.get("quantile") == "0.5":
                unit = run.unit(cell).replace("1/", "/").replace("/s", "_per_second").lstrip("_")
                unit = {"s": "seconds", "B": "bytes"}.get(unit, unit.replace("B_", "bytes_").lower())
                check(family.unit == unit, f"openmetrics: {family.name} has the unit {family.unit}, expected {unit}")
                check(s.labels["better"] == run.better(cell), f"openmetrics: {cell}: direction")
                check(cell not in got, f"openmetrics: {cell} twice")
                got[cell] = [s.value]
            if s.name == "isocost_launches":
                counts[(*cell[:2], s.labels["status"])] = s.value
    same_values(got, {c: [statistics.median(v)] for c, v in run.values().items()}, "openmetrics")
    for cell, n in run.failed.items():
        check(counts[(*cell, "failed")] == n, f"openmetrics: {cell}: failed")
        check(counts[(*cell, "marked")] == run.marked[cell], f"openmetrics: {cell}: marked")


if len(sys.argv) < 5 or f"check_{sys.argv[1]}" not in globals():
    sys.exit(__doc__)
globals()[f"check_{sys.argv[1]}"](Run(sys.argv[2], sys.argv[3]), *sys.argv[4:])
