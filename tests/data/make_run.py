#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a made-up run of host and container (and vm with --accel), for the tests of compare: make_run.py DIR [options]."""
import argparse
import json
import os
import random

p = argparse.ArgumentParser()
p.add_argument("dir")
p.add_argument("--seed", type=int, default=1)
p.add_argument("--launches", type=int, default=15)
p.add_argument("--noise", type=float, default=0.01)
p.add_argument("--host", type=float, default=1, help="times the usual cost, of all arms")
p.add_argument("--container", type=float, default=1, help="times the usual cost of the container")
p.add_argument("--name", default="example", help="of the host")
p.add_argument("--accel", help="adds the arm vm")
p.add_argument("--arms", default="host,container")
p.add_argument("--sha", default="dcce06a6" * 8)
p.add_argument("--memory", type=int, default=512 << 20)
p.add_argument("--cpus", type=int, default=1)
p.add_argument("--time", default="300ms")
p.add_argument("--digest", default="79ff7fbc")
p.add_argument("--margin", type=float, default=0.02)
a = p.parse_args()

rng = random.Random(a.seed)
cost = {"host": a.host, "container": a.host * 2 * a.container, "vm": a.host * 10}
arms = a.arms.split(",") + (["vm"] if a.accel else [])
params = {"startup": {}, "syscall": {"time": a.time}}

os.makedirs(a.dir)
with open(os.path.join(a.dir, "run.json"), "w") as f:
    json.dump({
        "schema": 1, "id": os.path.basename(a.dir), "tool": {"name": "isocost", "version": "0.1.0"},
        "suite": {"name": "made", "text": "[suite]\nname = made\n"}, "seed": a.seed, "margin": a.margin,
        "envelope": {"cpu_list": "1", "cpus": a.cpus, "memory": a.memory, "pids": 256}, "isoload_sha256": a.sha,
        "started": "2026-11-23T09:30:00Z", "ended": "2026-11-23T09:42:10Z", "planned": len(arms) * 2 * a.launches,
        "arms": [{"name": n, "driver": n, "label": n, "accel": a.accel if n == "vm" else None, "available": True, "reason": None,
                  "options": {}, "facts": {}} for n in arms],
        "ladder": [], "cannot": [], "warnings": [],
        "workloads": [{"name": w, "workload": w, "launches": a.launches, "params": params[w]} for w in params],
        "host": {"before": {"host.name": a.name, "cpu.model": "Example CPU"}, "after": None}}, f)
with open(os.path.join(a.dir, "journal.jsonl"), "w") as f:
    for k in range(a.launches):
        for n in arms:
            for w in params:
                v = cost[n] * (1 + a.noise * rng.gauss(0, 1))
                samples = [] if w == "startup" else [{"name": "time", "warmup": [], "samples": [v * 130e-9] * 3}]
                print(json.dumps({
                    "arm": n, "workload": w, "launch": k, "block": k, "started": "2026-11-23T09:30:00Z", "ok": True, "error": None,
                    "startup_s": v * 6e-4, "phases": [{"name": "main", "end_s": v * 6e-4}], "ready_s": v * 6e-4, "begin_s": 0.01,
                    "done_s": 0.3, "end_s": 0.31, "inside_s": 0.29, "seen": {}, "params": params[w],
                    "digest": a.digest if w == "syscall" else None, "metrics": samples, "footprint": {}, "steal_s": 0, "wall_s": 0.4,
                    "marks": []}), file=f)
