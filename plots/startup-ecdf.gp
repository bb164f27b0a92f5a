# SPDX-License-Identifier: GPL-3.0-or-later
# startup-ecdf.gp - startup times of all launches as empirical distribution functions.
IN = ARG1; OUT = ARG2
load 'common.gp'
HEIGHT = 370 + HEADER
load 'frame.gp'
set logscale x
set xrange [XMIN:XMAX]
set yrange [0:1.03]
set ytics ('0 %%' 0, '25 %%' 0.25, '50 %%' 0.5, '75 %%' 0.75, '100 %%' 1)
set xlabel 'time from the start request until main runs (log scale; left is better)'
set ylabel 'launches that had started by then'
plot for [i=1:N] DAT index i - 1 using 1:2 with steps lw 2 lc rgb ARM[slot(SLOT[i])] notitle, \
     for [i=1:N] DAT index i - 1 every ::1 using 1:2 with points pt SHAPE[mark(SLOT[i])] ps 0.6 lc rgb ARM[slot(SLOT[i])] notitle, \
     for [i=1:N] keyentry with linespoints lw 2 pt SHAPE[mark(SLOT[i])] ps 0.8 lc rgb ARM[slot(SLOT[i])] title LABEL[i]
