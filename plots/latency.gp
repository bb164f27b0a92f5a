# SPDX-License-Identifier: GPL-3.0-or-later
# latency.gp - latency over the share of operations that took no longer, a panel a metric. The axis gives each nine the same room.
IN = ARG1; OUT = ARG2
load 'common.gp'
HEAD = 30; PANEL = 190; AXIS = 26; NOTE = SLIDES ? 70 : 54
HEIGHT = HEADER + PANELS * (HEAD + PANEL + AXIS) + NOTE
load 'frame.gp'
nines(p) = -log10(1 - p)
set lmargin at screen 84.0 / WIDTH
set rmargin at screen 1 - 30.0 / WIDTH
set logscale y
set xrange [0:nines(PMAX) + 0.08]
set xtics ('0' 0, '50 %%' nines(0.5), '90 %%' nines(0.9), '99 %%' nines(0.99), '99.9 %%' nines(0.999), '99.99 %%' nines(0.9999))
set tics font PX11
set multiplot
set label 98 note("Share of the operations that took no longer; the curves are medians over launches of each", "launch's percentiles; lower is better.")."\nBars: 95 % intervals. No percentile where a launch has fewer than ten operations beyond it." \
	at screen 16.0 / WIDTH, screen (SLIDES ? 46.0 : 32.0) / HEIGHT left textcolor rgb GREY font PX11
do for [k=1:PANELS] {
	TOP = HEADER + (k - 1) * (HEAD + PANEL + AXIS) + HEAD
	set tmargin at screen up(TOP)
	set bmargin at screen up(TOP + PANEL)
	set yrange [YMIN[k]:YMAX[k]]
	eval YTICS[k]
	set label 97 NAME[k] at screen 16.0 / WIDTH, screen up(TOP - 12) left font PX13
	plot for [i=1:N] DAT index (k - 1) * N + i - 1 using (nines($1)):2:3:4 with yerrorbars pt 0 lw 1 lc rgb ARM[slot(SLOT[i])] notitle, \
	     for [i=1:N] DAT index (k - 1) * N + i - 1 using (nines($1)):2 with linespoints lw 2 pt SHAPE[mark(SLOT[i])] ps 0.6 lc rgb ARM[slot(SLOT[i])] notitle, \
	     for [i=1:N] keyentry with linespoints lw 2 pt SHAPE[mark(SLOT[i])] ps 0.8 lc rgb ARM[slot(SLOT[i])] title LABEL[i]
	unset key
	unset label 99
	unset label 98
}
unset multiplot
