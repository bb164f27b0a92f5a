# SPDX-License-Identifier: GPL-3.0-or-later
# isolation.gp - escape attempts as a table of colours: a column an attempt, a row an arm. The layout is in the data, in px.
IN = ARG1; OUT = ARG2
load 'common.gp'
HEIGHT = HEADER + BODY + 8
load 'frame.gp'
unset border
unset tics
unset grid
set lmargin at screen 0
set rmargin at screen 1
set bmargin at screen 0
set xrange [0:WIDTH]
set yrange [BODY + 8:0]
# held, its own kernel only, the host, held for another reason, not tried
array CAME[5] = [0x0072B2, 0x56B4E9, 0xD55E00, 0xE69F00, 0xDDDDDD]
came(i) = CAME[int(i) + 1]
mid(a, b) = (a + b) / 2.0
plot DAT index 0 using (mid($1, $2)):(mid($3, $4)):1:2:3:4:(came($5)) with boxxyerror fs solid noborder lc rgb variable, \
     DAT index 5 using 1:2 with points pt 2 ps 0.6 lw 1.5 lc rgb 'white', \
     DAT index 1 using 1:2:3 with labels right noenhanced font PX12, \
     DAT index 2 using 1:2:3 with labels right rotate by 90 noenhanced font px(10), \
     DAT index 3 using 1:2:3 with labels left noenhanced textcolor rgb GREY font PX12, \
     DAT index 4 using 1:2:3 with labels left noenhanced font PX12
