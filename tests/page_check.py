#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""page_check.py BROWSER PAGE DIR - open a page in a headless Chromium: no word on the console, no request but for the page itself, nothing
wider than the window at WIDTHS, and it prints. Says what is wrong, a line each; exit status 1 when something is. DIR is for its files."""
import html
import json
import os
import re
import subprocess
import sys

WIDTHS = (360, 1440)

# What the browser asks for by itself.
OWN = re.compile(r"https?://(accounts\.google\.com|clients2\.google\.com|update\.googleapis\.com|optimizationguide-pa\.googleapis\.com|"
                 r"content-autofill\.googleapis\.com|android\.clients\.google\.com|safebrowsing\.googleapis\.com)/")

# The page in frames of these widths, which its media queries take for the window's. What is wider than it should be scrolls in a box of its
# own, or it makes the page wider.
MEASURE = """<!DOCTYPE html><meta charset="utf-8"><title>measure</title><body><script>
const frames = document.createElement('div');
document.body.append(frames);
for (const width of %s) {
  const frame = document.createElement('iframe');
  frame.width = width;
  frame.height = 800;
  frame.onload = () => {
    const root = frame.contentDocument.documentElement;
    const p = document.createElement('p');
    p.textContent = 'MEASURED ' + width + ' ' + root.clientWidth + ' ' + root.scrollWidth + ' ' + root.scrollHeight;
    document.body.append(p);
  };
  frame.srcdoc = %s;
  frames.append(frame);
}
</script>"""


def browse(browser, directory, *args):
    profile = os.path.join(directory, "profile")
    command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
               "--disable-component-update", "--disable-sync", "--hide-scrollbars", f"--user-data-dir={profile}",
               "--enable-logging=stderr", *args]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        sys.exit(f"page_check: {browser} ended with {done.returncode}: {done.stderr[-500:]}")
    return done


def console(stderr):
    return re.findall(r":CONSOLE[^\]]*\] (.*)", stderr)


def requests(netlog):
    """Every address that was to be asked for over a network."""
    with open(netlog, encoding="utf-8") as f:
        log = json.load(f)
    urls = {e["params"]["url"] for e in log["events"] if "url" in e.get("params", {})}
    return sorted(u for u in urls if re.match(r"(https?|wss?|ftp):", u) and not OWN.match(u))


def main():
    browser, page, directory = sys.argv[1], os.path.realpath(sys.argv[2]), os.path.realpath(sys.argv[3])
    wrong = []
    netlog, pdf, measure = (os.path.join(directory, name) for name in ("net.json", "page.pdf", "measure.html"))
    done = browse(browser, directory, f"--log-net-log={netlog}", "--no-pdf-header-footer", f"--print-to-pdf={pdf}", f"file://{page}")
    wrong += [f"console: {line}" for line in console(done.stderr)]
    wrong += [f"request: {url}" for url in requests(netlog)]
    with open(pdf, "rb") as f:
        printed = f.read()
    pages = len(re.findall(rb"/Type\s*/Page\b", printed))
    if not printed.startswith(b"%PDF") or pages == 0:
        wrong.append("print: no page came out")
    with open(page, encoding="utf-8") as f:
        text = f.read()
    with open(measure, "w", encoding="utf-8") as f:
        f.write(MEASURE % (json.dumps(WIDTHS), json.dumps(text).replace("</", "<\\/")))
    dom = html.unescape(browse(browser, directory, "--dump-dom", "--window-size=1600,900", f"file://{measure}").stdout)
    measured = {int(m[0]): [int(v) for v in m[1:]] for m in re.findall(r"<p>MEASURED (\d+) (\d+) (\d+) (\d+)</p>", dom)}
    for width in WIDTHS:
        if width not in measured:
            wrong.append(f"width: at {width} px the page did not load")
            continue
        client, scroll, height = measured[width]
        if client > width or scroll > client:
            wrong.append(f"width: {scroll} px at {width}")
        print(f"at {width} px: {scroll} px wide, {height} px high")
    print(f"printed: {pages} pages")
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


main()
