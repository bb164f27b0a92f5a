# SPDX-License-Identifier: GPL-3.0-or-later
# startup-phases.gp - one stacked bar an arm, each at its own scale, with its key below. The layout is in the data, in px.
IN = ARG1; OUT = ARG2
load 'common.gp'
FOOT = SLIDES ? 38 : 24
HEIGHT = HEADER + BODY + FOOT
load 'frame.gp'
unset border
unset tics
unset grid
set lmargin at screen 0
set rmargin at screen 1
set bmargin at screen real(FOOT) / HEIGHT
set xrange [0:WIDTH]
set yrange [BODY:0]
set label 1 note("Each bar has its own scale. Black mark: the program's main runs (startup ends here);", "then its result, and the way down.") \
	at graph 0, screen (FOOT - 12.0) / HEIGHT left offset 2, 0 textcolor rgb GREY font PX11
set style fill solid noborder
set style arrow 1 nohead lw 3 lc rgb 'black'
mid(a, b) = (a + b) / 2.0
plot DAT index 0 using (mid($1, $2)):(mid($3, $4)):1:2:3:4:(phase($5)) with boxxyerror fs solid border rgb 'white' lc rgb variable, \
     DAT index 1 using (mid($1, $2)):(mid($3, $4)):1:2:3:4:(phase($5)) with boxxyerror lc rgb variable, \
     DAT index 2 using 1:2:3 with labels left noenhanced font PX12, \
     DAT index 3 using 1:2:3 with labels left noenhanced font PX13, \
     DAT index 4 using 1:2:3:4 with vectors arrowstyle 1
