# SPDX-License-Identifier: GPL-3.0-or-later
# compare-map.gp - overheads as a table of colours: rows are workloads and arms, columns runs.
IN = ARG1; OUT = ARG2
load 'common.gp'
ROW = 24
HEIGHT = HEADER + ROWS * ROW + 64
load 'frame.gp'
unset grid
set border 0
set tics scale 0
set lmargin at screen (WIDEST * 8.2 + 24) / WIDTH
set rmargin at screen 1 - 20.0 / WIDTH
set bmargin at screen 64.0 / HEIGHT
set xrange [-0.5:RUNS - 0.5]
set yrange [ROWS - 0.5:-0.5]
set label 98 "Full colour at 10 times and at a tenth; white is the host's own cost. Vermilion: dearer, blue: cheaper. -: the run has it not." \
	at screen 16.0 / WIDTH, screen 14.0 / HEIGHT left textcolor rgb GREY font PX11
plot DAT index 0 using 1:2:($1 - 0.5):($1 + 0.5):($2 - 0.5):($2 + 0.5):3 with boxxyerror fs solid border rgb 'white' lc rgb variable notitle, \
     DAT index 1 using 1:2:3 with labels center noenhanced font PX12 notitle
