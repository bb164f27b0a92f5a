# SPDX-License-Identifier: GPL-3.0-or-later
# frame.gp - paper, title and key, once common.gp was loaded and the figure knows its WIDTH and HEIGHT, in pixels.
set terminal svg noenhanced size WIDTH, HEIGHT font FONT.',13' background rgb 'white'
set output OUT
up(px) = 1 - real(px) / HEIGHT
set tmargin at screen up(HEADER)
set label 99 TITLE at screen 16.0 / WIDTH, screen up(22) left font FONT.',15'
if (exists('N')) {
	set key at screen 10.0 / WIDTH, screen up(16 + 20 * TITLE_LINES) left top Left reverse horizontal samplen 1.5 maxcols KEYCOLS
} else {
	unset key
}
