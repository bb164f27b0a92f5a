# SPDX-License-Identifier: GPL-3.0-or-later
# common.gp - what all figures share. In this directory: gnuplot -c FIGURE.gp DIR/FIGURE OUT.svg (or .png)
# DIR/FIGURE.set sets the figure's variables, DIR/FIGURE.dat holds its points. IN and OUT are the two arguments: a loaded
# file has none of its own.
set encoding utf8
DAT = IN.'.dat'
load IN.'.set'

# Okabe and Ito's palette, which people with any colour blindness can tell apart; an arm's slot is its index, so that host,
# container and vm look the same in every figure. Point shapes say the same again.
array ARM[9] = [0x0072B2, 0xE69F00, 0x009E73, 0xCC79A7, 0x56B4E9, 0xD55E00, 0x000000, 0x999999, 0xB8A900]
array SHAPE[9] = [7, 5, 9, 13, 11, 15, 7, 5, 9]
array HOLLOW[9] = [6, 4, 8, 12, 10, 14, 6, 4, 8]
slot(i) = i % 9 + 1
mark(i) = (i + i / 9) % 9 + 1           # arms that share a colour have other shapes

# Phases: the same hues, then lighter and darker ones. Neighbours in a bar never share a hue.
array PHASE[20] = [0x0072B2, 0xE69F00, 0x009E73, 0xCC79A7, 0x56B4E9, 0xD55E00, 0xF0E442, 0x666666, \
                   0x7FB8D8, 0x8A5F00, 0x7FCEB9, 0x7A4864, 0x1F6A93, 0xF2B48A, 0x9A9020, 0xBBBBBB, \
                   0x00405F, 0xE9BCD5, 0x005A43, 0xD9C04A]
phase(i) = PHASE[int(i) % 20 + 1]

GREY = 0x555555
FONT = 'sans-serif'
# A font of so many px: pngcairo takes points of 1/72 inch, of which it has 96 dots.
PNG = OUT[strlen(OUT)-3:] eq '.png'
px(size) = sprintf('%s,%g', FONT, PNG ? 0.75 * size : size)
PX11 = px(11); PX12 = px(12); PX13 = px(13); PX15 = px(15)
# The note below a figure; on the narrow paper of a slide it has one more line.
note(a, b) = SLIDES ? a."\n".b : a.' '.b
HEADER = 22 + 20 * TITLE_LINES
set border 3 lc rgb GREY
set tics nomirror textcolor rgb 0x333333
set grid lc rgb 0xDDDDDD lw 1 lt 1

# Figures with arms (N of them) have a key below the title, in as many columns as its longest label lets fit.
if (exists('N')) {
	KEYCOLS = int((WIDTH - 220) / (8.5 * LONGEST + 50))
	KEYCOLS = KEYCOLS < 1 ? 1 : KEYCOLS > N ? N : KEYCOLS
	HEADER = HEADER + 20 * ((N + KEYCOLS - 1) / KEYCOLS) + 4
}
