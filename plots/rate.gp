# SPDX-License-Identifier: GPL-3.0-or-later
# rate.gp - throughput over the time of a launch, a panel a metric, a line an arm with a band between the quartiles.
IN = ARG1; OUT = ARG2
load 'common.gp'
HEAD = 30; PANEL = 130; AXIS = 26; NOTE = SLIDES ? 70 : 54
HEIGHT = HEADER + PANELS * (HEAD + PANEL + AXIS) + NOTE
load 'frame.gp'
set lmargin at screen 90.0 / WIDTH
set rmargin at screen 1 - 30.0 / WIDTH
set logscale y
set xrange [0:100]
set xtics ('beginning' 0, '25 %%' 25, '50 %%' 50, '75 %%' 75, 'end' 100)
set tics font PX11
pale(rgb) = 0xC0000000 + rgb            # mostly transparent
set multiplot
set label 98 note("Share of the time in which a launch measured, each sample taken for the same amount of work. Lines:", "medians over launches; higher is better.")."\nBands: quartiles. In brackets: the 95 % interval. Warm-up is left out. Log scales, each its own." \
	at screen 16.0 / WIDTH, screen (SLIDES ? 46.0 : 32.0) / HEIGHT left textcolor rgb GREY font PX11
do for [k=1:PANELS] {
	TOP = HEADER + (k - 1) * (HEAD + PANEL + AXIS) + HEAD
	set tmargin at screen up(TOP)
	set bmargin at screen up(TOP + PANEL)
	set yrange [YMIN[k]:YMAX[k]]
	eval YTICS[k]
	set label 97 NAME[k] at screen 16.0 / WIDTH, screen up(TOP - 12) left font PX13
	plot for [i=1:N] DAT index (k - 1) * N + i - 1 using 1:3:4 with filledcurves fc rgb pale(ARM[slot(SLOT[i])]) notitle, \
	     for [i=1:N] DAT index (k - 1) * N + i - 1 using 1:2 with lines lw 2 lc rgb ARM[slot(SLOT[i])] notitle, \
	     for [i=1:N] DAT index (k - 1) * N + i - 1 using 1:2 every 6::(i % 6) with points pt SHAPE[mark(SLOT[i])] ps 0.6 lc rgb ARM[slot(SLOT[i])] notitle, \
	     for [i=1:N] keyentry with linespoints lw 2 pt SHAPE[mark(SLOT[i])] ps 0.8 lc rgb ARM[slot(SLOT[i])] title LABEL[i]
	unset key
	unset label 99
	unset label 98
}
unset multiplot
