# SPDX-License-Identifier: GPL-3.0-or-later
# ladder.gp - the ladder of isolation: a staircase a metric, one panel above the other.
IN = ARG1; OUT = ARG2
load 'common.gp'
PANEL = 104; HEAD = 26; NOTE = SLIDES ? 54 : 40
HEIGHT = HEADER + PANELS * (PANEL + HEAD) + FOOT + NOTE
load 'frame.gp'
unset key
unset label 99
set lmargin at screen real(LEFT) / WIDTH
set rmargin at screen 1 - real(RIGHT) / WIDTH
set xrange [-0.5:RUNGS - 0.5]
set tics font PX11
unset xtics
set style textbox opaque noborder margins 1, 0.5
set style fill transparent solid 0.3 noborder
set style arrow 1 nohead lw 2 lc rgb 'black'
set style arrow 2 nohead lw 1 lc rgb 0xAAAAAA
set style arrow 3 head filled size screen 7.0 / WIDTH, 25 lw 2 lc rgb 'black'
do for [k=1:RUNGS-1] { set arrow k from first k - 0.5, graph 0 to first k - 0.5, graph 1 nohead lw 1 lc rgb 0xEEEEEE back }
set multiplot
set label 99 TITLE at screen 16.0 / WIDTH, screen up(22) left font PX15
set label 98 note("Treads: medians with their 95 % intervals. Risers: what a rung adds to the one on its left,", "black and with a figure where")."\nthe interval of the difference excludes 0. Each axis begins at 0; wide intervals leave it at the top." \
	at screen 16.0 / WIDTH, screen (NOTE - 12.0) / HEIGHT left textcolor rgb GREY font PX11
do for [i=1:PANELS] {
	TOP = HEADER + (i - 1) * (PANEL + HEAD) + HEAD
	B = 4 * (i - 1)
	set tmargin at screen up(TOP)
	set bmargin at screen up(TOP + PANEL)
	set yrange [0:YMAX[i]]
	eval YTICS[i]
	set label 97 NAME[i] at graph 0, screen up(TOP - 11) left font PX13
	set label 96 WHAT[i] at screen (LEFT + 8.2 * strlen(NAME[i]) + 12.0) / WIDTH, screen up(TOP - 11) left textcolor rgb GREY font PX11
	if (i == PANELS) {
		do for [k=1:RUNGS] {
			if (TURNED) {
				set label 100 + k RUNG[k] at first k - 0.85, screen up(TOP + PANEL + 10) right rotate by 35 font PX11
			} else {
				set label 100 + k RUNG[k] at first k - 1, screen up(TOP + PANEL + 12) center font PX11
			}
		}
	}
	plot DAT index B using 1:2:($1 - 0.5):($1 + 0.5):3:4:(ARM[slot(int($5))]) with boxxyerror lc rgb variable, \
	     DAT index B using ($1 - 0.5):2:(1):(0):(ARM[slot(int($5))]) with vectors nohead lw 3 lc rgb variable, \
	     DAT index B + 1 using 1:2:(0):3:($4 == 1 ? 1 : 2) with vectors arrowstyle variable, \
	     DAT index B + 3 using 1:2:(0):3 with vectors arrowstyle 3, \
	     DAT index B + 2 using 1:2:3 with labels center offset 0, 0.6 boxed noenhanced font PX11
	unset label 99
	unset label 98
}
unset multiplot
