# SPDX-License-Identifier: GPL-3.0-or-later
# footprint.gp - what an idle instance holds of the host: a panel for bytes, a panel for CPU seconds; a dot and its interval each arm.
IN = ARG1; OUT = ARG2
load 'common.gp'
ROW = 14 + 11 * N
AXIS = 46; GAP = 20
HEIGHT = HEADER + (BYTES_ROWS + SECONDS_ROWS) * ROW + 2 * AXIS + GAP + (SLIDES ? 50 : 36)
load 'frame.gp'
set lmargin at screen (WIDEST * 8.2 + 24) / WIDTH
set rmargin at screen 1 - 20.0 / WIDTH
set logscale x
set grid noytics
set multiplot
# A panel from TOP px downwards: rows, the block of its points in each arm's pair.
do for [p=0:1] {
	ROWS = p ? SECONDS_ROWS : BYTES_ROWS
	TOP = p ? HEADER + BYTES_ROWS * ROW + AXIS + GAP : HEADER
	set tmargin at screen up(TOP)
	set bmargin at screen up(TOP + ROWS * ROW)
	set xrange [(p ? SECONDS_MIN : BYTES_MIN):(p ? SECONDS_MAX : BYTES_MAX)]
	set yrange [ROWS - 0.5:-0.5]
	eval p ? SECONDS_YTICS : BYTES_YTICS
	eval p ? SECONDS_XTICS : BYTES_XTICS
	set xlabel p ? "CPU time until the program's main runs (log scale; left is better)" : 'bytes of the host (log scale; left is better)'
	do for [k=1:11] { unset arrow k }
	do for [k=1:ROWS-1] { set arrow k from graph 0, first k - 0.5 to graph 1, first k - 0.5 nohead lc rgb 0xEEEEEE back }
	if (p) {
		unset key
		unset label 99
		set label 98 note("Bars: 95 % intervals; hollow: too few launches for one.", "What is 0 or not known is not on the axis.") \
			at screen 16.0 / WIDTH, screen (SLIDES ? 26.0 : 12.0) / HEIGHT left textcolor rgb GREY font PX11
	}
	plot for [i=1:N] DAT index 2 * (i - 1) + p using 3:1:($4 - $3):(0) with vectors nohead lw 2 lc rgb ARM[slot(SLOT[i])] notitle, \
	     for [i=1:N] DAT index 2 * (i - 1) + p using 2:1:($5 == 1 ? HOLLOW[mark(SLOT[i])] : SHAPE[mark(SLOT[i])]) with points pt variable ps 0.7 lw 1.5 lc rgb ARM[slot(SLOT[i])] notitle, \
	     for [i=1:N] keyentry with points pt SHAPE[mark(SLOT[i])] ps 0.9 lc rgb ARM[slot(SLOT[i])] title LABEL[i]
}
unset multiplot
