# SPDX-License-Identifier: GPL-3.0-or-later
# resource.gp - the metrics of one resource: a panel each on its own logarithmic axis, a row an arm; launches, median, interval.
IN = ARG1; OUT = ARG2
load 'common.gp'
ROW = 22; HEAD = 30; AXIS = 28; NOTE = SLIDES ? 48 : 34
PANEL = ARMS * ROW
HEIGHT = HEADER + PANELS * (HEAD + PANEL + AXIS) + NOTE
load 'frame.gp'
unset key
set lmargin at screen (WIDEST * 8.2 + 28) / WIDTH
set rmargin at screen 1 - 40.0 / WIDTH
set logscale x
set grid noytics
set tics font PX11
set yrange [ARMS - 0.5:-0.5]
pale(rgb) = 0x90000000 + rgb            # mostly transparent
set multiplot
set label 98 note("Pale dots: launches, pale boxes: quartiles. Strong marks: medians with their 95 % intervals;", "hollow: too few launches for one. Log scales, each its own.") \
	at screen 16.0 / WIDTH, screen (SLIDES ? 26.0 : 12.0) / HEIGHT left textcolor rgb GREY font PX11
do for [i=1:PANELS] {
	TOP = HEADER + (i - 1) * (HEAD + PANEL + AXIS) + HEAD
	B = 2 * (i - 1)
	set tmargin at screen up(TOP)
	set bmargin at screen up(TOP + PANEL)
	set xrange [XMIN[i]:XMAX[i]]
	eval XTICS[i]
	set label 97 NAME[i] at screen 16.0 / WIDTH, screen up(TOP - 11) left font PX13
	set label 96 WHAT[i] at screen (16 + 8.2 * strlen(NAME[i]) + 12.0) / WIDTH, screen up(TOP - 11) left textcolor rgb GREY font PX11
	plot DAT index B + 1 using (($7 + $8) / 2):2:7:8:($2 - 0.2):($2 + 0.2):(pale(ARM[slot(int($6))])) with boxxyerror fs solid noborder lc rgb variable, \
	     DAT index B using 1:($2 + 0.33):(pale(ARM[slot(int($3))])) with points pt 7 ps 0.5 lc rgb variable, \
	     DAT index B + 1 using 3:2:($4 - $3):(0):(ARM[slot(int($6))]) with vectors nohead lw 2 lc rgb variable, \
	     DAT index B + 1 using 1:2:($5 == 1 ? HOLLOW[mark(int($6))] : SHAPE[mark(int($6))]):(ARM[slot(int($6))]) with points pt variable ps 0.9 lw 1.5 lc rgb variable
	unset label 99
	unset label 98
}
unset multiplot
