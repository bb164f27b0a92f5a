# SPDX-License-Identifier: GPL-3.0-or-later
# memory-latency.gp - the time of one load over the size of the working set, a curve an arm.
IN = ARG1; OUT = ARG2
load 'common.gp'
HEIGHT = 340 + HEADER
load 'frame.gp'
set logscale xy
set xrange [XMIN:XMAX]
set yrange [YMIN:YMAX]
set xlabel 'working set (log scale)'
set ylabel 'one load (log scale; lower is better)'
plot for [i=1:N] DAT index i - 1 using 1:2:3:4 with yerrorbars pt 0 lw 1.5 lc rgb ARM[slot(SLOT[i])] notitle, \
     for [i=1:N] DAT index i - 1 using 1:2 with linespoints lw 2 pt SHAPE[mark(SLOT[i])] ps 0.8 lc rgb ARM[slot(SLOT[i])] notitle, \
     for [i=1:N] keyentry with linespoints lw 2 pt SHAPE[mark(SLOT[i])] ps 0.8 lc rgb ARM[slot(SLOT[i])] title LABEL[i]
