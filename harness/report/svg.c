/* SPDX-License-Identifier: GPL-3.0-or-later */
/* svg.c - gnuplot's SVG made fit for readers. */
#include "report/svg.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Light: what plots/common.gp draws with. Dark: the same role on a dark page; hues stay, what would sink into the page is lighter. */
const struct svg_colour svg_colours[] = {
	{ "paper", 0xffffff, 0x1b2026 },  { "ink", 0x000000, 0xf2f4f6 },    { "text", 0x333333, 0xd5dade },
	{ "muted", 0x555555, 0xa9b1b9 },  { "soft", 0xaaaaaa, 0x6d757d },   { "grid", 0xdddddd, 0x3a424b },
	{ "faint", 0xeeeeee, 0x2d343c },  { "blue", 0x0072b2, 0x3fa2e0 },   { "navy", 0x00405f, 0x2c6f9c },
	{ "pine", 0x005a43, 0x2f8a70 },   { "umber", 0x8a5f00, 0xb08a3c },  { "plum", 0x7a4864, 0xa8728f },
	{ "ocean", 0x1f6a93, 0x4a94bd },  { NULL, 0, 0 },
};

static void escape(struct str *b, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&': str_addf(b, "&amp;"); break;
		case '<': str_addf(b, "&lt;"); break;
		case '>': str_addf(b, "&gt;"); break;
		default: str_add(b, text, 1);
		}
	}
}

/* Copy up to the opening tag and put text in the place of what it holds; returns the rest, from the closing tag on. */
static const char *put_inside(struct str *b, const char *from, const char *open, const char *close, const char *text)
{
	const char *at = strstr(from, open), *end = at ? strstr(at, close) : NULL;
	if (!end)
		return NULL;
	str_add(b, from, (size_t)(at - from) + strlen(open));
	escape(b, text);
	return end;
}

char *svg_named(const char *svg, const char *title, const char *desc)
{
	cleanup(str_free) struct str b = { 0 };
	const char *rest = put_inside(&b, svg, "<title>", "</title>", title);
	rest = rest ? put_inside(&b, rest, "<desc>", "</desc>", desc) : NULL;
	if (!rest)
		return NULL;
	str_addf(&b, "%s", rest);
	return ptr_steal(&b.s);
}

/* A colour as gnuplot writes it: "rgb(  0, 114, 178)", "#ffffff", "black". Its length, or 0 when there is none. */
static size_t read_colour(const char *s, unsigned *ret)
{
	unsigned r, g, b;
	int n = 0;
	if (sscanf(s, "rgb( %u , %u , %u )%n", &r, &g, &b, &n) == 3 && n) {
		*ret = (r & 255) << 16 | (g & 255) << 8 | (b & 255);
		return (size_t)n;
	}
	if (sscanf(s, "#%2x%2x%2x%n", &r, &g, &b, &n) == 3 && n == 7) {
		*ret = r << 16 | g << 8 | b;
		return (size_t)n;
	}
	if (strncmp(s, "black", 5) == 0) {
		*ret = 0;
		return 5;
	}
	return 0;
}

/* The whole value of an attribute that begins at s behind its quote; returns its length when it is a colour of the style. */
static size_t put_colour(struct str *b, const char *s, char quote)
{
	unsigned rgb;
	size_t n = read_colour(s, &rgb);
	if (!n || s[n] != quote)
		return 0;
	for (const struct svg_colour *c = svg_colours; c->name; c++)
		if (c->light == rgb) {
			str_addf(b, "var(--%s)", c->name);
			return n;
		}
	return 0;
}

/* What introduces an id or a reference to one, within a tag. */
static size_t id_at(const char *s)
{
	static const char *const intro[] = { " id=\"", " id='", "href=\"#", "href='#", "url(#" };
	for (size_t i = 0; i < sizeof(intro) / sizeof(*intro); i++)
		if (strncmp(s, intro[i], strlen(intro[i])) == 0)
			return strlen(intro[i]);
	return 0;
}

char *svg_inline(const char *svg, const char *prefix)
{
	struct str b = { 0 };
	const char *s = strstr(svg, "<svg");
	bool tag = true, titled = false, described = false;
	if (!s)
		return NULL;
	str_addf(&b, "<svg role=\"img\" aria-labelledby=\"%s-title %s-desc\"", prefix, prefix);
	for (s += 4; *s;) {
		size_t n = tag ? id_at(s) : 0, colour = 0;
		if (n) {
			str_add(&b, s, n);
			str_addf(&b, "%s-", prefix);
			s += n;
			continue;
		}
		tag = *s == '<' || (tag && *s != '>');
		/* gnuplot's titles of curves are its own names for them, and would be shown under a pointer */
		const char *end = titled && strncmp(s, "<title>", 7) == 0 ? strstr(s, "</title>") : NULL;
		if (end) {
			s = end + strlen("</title>");
			tag = false;
			continue;
		}
		if (strncmp(s, "<title>", 7) == 0 || (strncmp(s, "<desc>", 6) == 0 && !described)) {
			const char *what = s[1] == 't' ? "title" : "desc";
			str_addf(&b, "<%s id=\"%s-%s\">", what, prefix, what);
			s += strlen(what) + 2;
			titled = titled || *what == 't';
			described = described || *what == 'd';
			tag = false;
			continue;
		}
		str_add(&b, s, 1);
		if (tag && (*s == '"' || *s == '\''))
			colour = put_colour(&b, s + 1, *s);
		s += 1 + colour;
	}
	return b.s;
}
