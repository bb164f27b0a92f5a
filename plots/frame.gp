# SPDX-License-Identifier: GPL-3.0-or-later
# frame.gp - paper, title and key, once common.gp was loaded and the figure knows its WIDTH and HEIGHT, in pixels.
THICK = SLIDES ? 1.6 : 1
SCALE = SLIDES ? 3 : 2                  # dots of a .png in a px: 1920 for a slide's width
if (PNG) {
	set terminal pngcairo noenhanced size SCALE * WIDTH, SCALE * HEIGHT fontscale SCALE linewidth SCALE * THICK pointscale SCALE font PX13 background rgb 'white'
} else {
	set terminal svg noenhanced size WIDTH, HEIGHT font PX13 linewidth THICK background rgb 'white'
}
set output OUT
up(px) = 1 - real(px) / HEIGHT
set tmargin at screen up(HEADER)
set label 99 TITLE at screen 16.0 / WIDTH, screen up(22) left font PX15
if (exists('N')) {
	set key at screen 10.0 / WIDTH, screen up(16 + 20 * TITLE_LINES) left top Left reverse horizontal samplen 1.5 maxcols KEYCOLS
} else {
	unset key
}
