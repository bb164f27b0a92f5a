# SPDX-License-Identifier: GPL-3.0-or-later
# overhead.gp - cost against the host: a dot and its 95 % interval for each workload and arm, logarithmic.
IN = ARG1; OUT = ARG2
load 'common.gp'
KEYROWS = (N + 1) / 2
BODY = ROWS * (18 + 9 * N)
HEIGHT = HEADER + BODY + 62 + 20 * KEYROWS
set terminal svg noenhanced size 900, HEIGHT font FONT.',13' background rgb 'white'
set output OUT
set logscale x
set xrange [XMIN:XMAX]
set yrange [ROWS - 0.5:-0.5]
set lmargin WIDEST * 0.95 + 3
set xlabel "times the host's cost (log scale; left is better; bars: 95 % intervals; hollow: too few launches for one)"
set key outside below left Left reverse samplen 1.5 width 2 maxcols 2
set grid noytics
do for [k=1:ROWS-1] { set arrow k from graph 0, first k - 0.5 to graph 1, first k - 0.5 nohead lc rgb 0xEEEEEE back }
set object 1 rectangle from 1 / (1 + MARGIN), graph 0 to 1 + MARGIN, graph 1 fc rgb 0xDDDDDD fs solid noborder behind
set arrow 100 from 1, graph 0 to 1, graph 1 nohead lw 1.5 lc rgb 'black' back
plot for [i=1:N] DAT index i - 1 using 2:1:3:4 with xerrorbars lw 2 pt SHAPE[slot(SLOT[i])] ps 0.01 lc rgb ARM[slot(SLOT[i])] notitle, \
     for [i=1:N] DAT index i - 1 using 2:1:($5 == 1 ? HOLLOW[slot(SLOT[i])] : SHAPE[slot(SLOT[i])]) with points pt variable ps 0.8 lc rgb ARM[slot(SLOT[i])] notitle, \
     for [i=1:N] keyentry with points pt SHAPE[slot(SLOT[i])] ps 0.9 lc rgb ARM[slot(SLOT[i])] title LABEL[i]
