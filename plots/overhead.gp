# SPDX-License-Identifier: GPL-3.0-or-later
# overhead.gp - cost against the host: a dot and its 95 % interval for each workload and arm, logarithmic.
IN = ARG1; OUT = ARG2
load 'common.gp'
BODY = ROWS * (14 + 11 * N)
HEIGHT = HEADER + BODY + (SLIDES ? 100 : 82)
load 'frame.gp'
set logscale x
set xrange [XMIN:XMAX]
set yrange [ROWS - 0.5:-0.5]
set lmargin WIDEST * 0.95 + 3
set xlabel "times the host's cost (log scale; left is better)\n".note("bars: 95 % intervals; hollow: too few launches for one;", "grey: differences that do not matter (the margin)")
set grid noytics
do for [k=1:ROWS-1] { set arrow k from graph 0, first k - 0.5 to graph 1, first k - 0.5 nohead lc rgb 0xEEEEEE back }
set object 1 rectangle from 1 / (1 + MARGIN), graph 0 to 1 + MARGIN, graph 1 fc rgb 0xDDDDDD fs solid noborder behind
set arrow 100 from 1, graph 0 to 1, graph 1 nohead lw 1.5 lc rgb 'black' back
plot for [i=1:N] DAT index i - 1 using 3:1:($4 - $3):(0) with vectors nohead lw 2 lc rgb ARM[slot(SLOT[i])] notitle, \
     for [i=1:N] DAT index i - 1 using 2:1:($5 == 1 ? HOLLOW[mark(SLOT[i])] : SHAPE[mark(SLOT[i])]) with points pt variable ps 0.7 lw 1.5 lc rgb ARM[slot(SLOT[i])] notitle, \
     for [i=1:N] keyentry with points pt SHAPE[mark(SLOT[i])] ps 0.9 lc rgb ARM[slot(SLOT[i])] title LABEL[i]
