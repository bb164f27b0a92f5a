/* SPDX-License-Identifier: GPL-3.0-or-later */
/* html.c - the report as one page: the Markdown's blocks one after the other, each as cmark renders it, with what a page has more:
 * anchors, a table of contents, figures within, boxes that wide tables scroll in. */
#include "report/html.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "report/svg.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmark-gfm.h>
#include <cmark-gfm-core-extensions.h>

#define DIALECT (CMARK_OPT_UNSAFE | CMARK_OPT_VALIDATE_UTF8)

struct page {
	const char *svg_dir;
	cmark_llist *extensions;
	struct strv ids;                /* of the headings */
	struct str toc, body;
	char *section;                  /* text of the heading above */
	size_t figures;
};

static void page_free(struct page *p)
{
	strv_free(&p->ids);
	str_free(&p->toc);
	str_free(&p->body);
	free(p->section);
}

static void escaped(struct str *b, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&': str_addf(b, "&amp;"); break;
		case '<': str_addf(b, "&lt;"); break;
		case '>': str_addf(b, "&gt;"); break;
		case '"': str_addf(b, "&quot;"); break;
		default: str_add(b, text, 1);
		}
	}
}

/* The text of a node without its markup. Owner frees. */
static char *plain(cmark_node *node)
{
	struct str b = { 0 };
	cmark_iter *iter = cmark_iter_new(node);
	while (cmark_iter_next(iter) != CMARK_EVENT_DONE) {
		cmark_node *n = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(n);
		if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE)
			str_addf(&b, "%s", cmark_node_get_literal(n));
	}
	cmark_iter_free(iter);
	return b.s ? b.s : xstrdup("");
}

/* A heading's id as GitHub makes it: small letters, blanks as hyphens; the second of a name gets a number. Owned by the page. */
static const char *new_id(struct page *p, const char *text)
{
	cleanup(str_free) struct str b = { 0 };
	for (const char *c = text; *c; c++) {
		char small = (char)tolower((unsigned char)*c);
		if (isalnum((unsigned char)*c) || *c == '-' || *c == '_')
			str_add(&b, &small, 1);
		else if (*c == ' ')
			str_addf(&b, "-");
	}
	cleanup_free char *id = xasprintf("%s", b.len ? str_get(&b) : "section");
	for (int n = 1; strv_has(&p->ids, id); n++) {
		free(id);
		id = xasprintf("%s-%d", b.len ? str_get(&b) : "section", n);
	}
	strv_add(&p->ids, id);
	return p->ids.v[p->ids.n - 1];
}

static void add_heading(struct page *p, cmark_node *node)
{
	int level = cmark_node_get_heading_level(node);
	cleanup_free char *text = plain(node), *html = cmark_render_html(node, DIALECT, p->extensions);
	const char *id = new_id(p, text), *inside = strchr(html, '>') + 1, *end = strrchr(html, '<');
	str_addf(&p->body, "<h%d id=\"%s\">%.*s", level, id, (int)(end - inside), inside);
	if (level > 1)
		str_addf(&p->body, " <a class=\"anchor\" href=\"#%s\" aria-label=\"Link to this section\">#</a>", id);
	str_addf(&p->body, "</h%d>\n", level);
	free(p->section);
	p->section = ptr_steal(&text);
	if (level != 2 && level != 3)
		return;
	str_addf(&p->toc, "<li class=\"l%d\"><a href=\"#%s\">", level, id);
	escaped(&p->toc, p->section);
	str_addf(&p->toc, "</a></li>\n");
}

/* The picture, when the paragraph is nothing else. */
static cmark_node *picture_of(cmark_node *node)
{
	cmark_node *child = cmark_node_first_child(node);
	bool alone = cmark_node_get_type(node) == CMARK_NODE_PARAGRAPH && child && !cmark_node_next(child);
	return alone && cmark_node_get_type(child) == CMARK_NODE_IMAGE ? child : NULL;
}

static int add_figure(struct page *p, cmark_node *image, struct err *err)
{
	const char *url = cmark_node_get_url(image), *name = strrchr(url, '/');
	cleanup_free char *path = xasprintf("%s/%s", p->svg_dir, name ? name + 1 : url), *svg = NULL;
	int r = fs_read(path, &svg, NULL);
	if (r < 0)
		return err_sysf(err, r, "can't read the figure %s", path);
	cleanup_free char *prefix = xasprintf("fig%zu", ++p->figures), *element = svg_inline(svg, prefix);
	if (!element)
		return err_setf(err, -EINVAL, "%s: expected an SVG, found no <svg>", path);
	str_addf(&p->body, "<figure>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Figure\">\n%s\n</div>\n</figure>\n", element);
	return 0;
}

static void add_table(struct page *p, const char *html)
{
	str_addf(&p->body, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table: ");
	escaped(&p->body, p->section ? p->section : "");
	str_addf(&p->body, "\">\n%s</div>\n", html);
}

static int add_block(struct page *p, cmark_node *node, struct err *err)
{
	if (cmark_node_get_type(node) == CMARK_NODE_HEADING) {
		add_heading(p, node);
		return 0;
	}
	cmark_node *picture = picture_of(node);
	if (picture)
		return add_figure(p, picture, err);
	cleanup_free char *html = cmark_render_html(node, DIALECT, p->extensions);
	if (strcmp(cmark_node_get_type_string(node), "table") == 0)
		add_table(p, html);
	else
		str_addf(&p->body, "%s", html);
	return 0;
}

/* A figure and its sign or unit stay on one line: their blank becomes one that does not break. Not in code, which is copied. */
static bool is_glue(const char *text, const char *blank)
{
	static const char *const signs[] = { "%", "×", "ns", "µs", "ms", "s", "B", "KiB", "MiB", "GiB", "kB/s", "MB/s", "GB/s", "k/s", "M/s", "/s",
		                             "MFLOP/s", "GFLOP/s" };
	if (blank > text && isdigit((unsigned char)blank[-1]))
		for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
			size_t n = strlen(signs[i]);
			if (strncmp(blank + 1, signs[i], n) == 0 && !isalnum((unsigned char)blank[1 + n]) && blank[1 + n] != '/')
				return true;
		}
	bool before = blank > text && blank[-1] == 'n' && strncmp(blank, " = ", 3) == 0 && isdigit((unsigned char)blank[3]);
	bool behind = blank - text >= 3 && strncmp(blank - 3, "n =", 3) == 0 && isdigit((unsigned char)blank[1]);
	return before || behind;
}

static void glue(cmark_node *node)
{
	const char *text = cmark_node_get_literal(node);
	cleanup(str_free) struct str b = { 0 };
	for (const char *c = text; *c; c++)
		if (*c == ' ' && is_glue(text, c))
			str_addf(&b, "\u00a0");
		else
			str_add(&b, c, 1);
	cmark_node_set_literal(node, str_get(&b));
}

static void glue_all(cmark_node *document)
{
	cmark_iter *iter = cmark_iter_new(document);
	for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
		cmark_node *node = cmark_iter_get_node(iter);
		if (event == CMARK_EVENT_ENTER && cmark_node_get_type(node) == CMARK_NODE_TEXT)
			glue(node);
	}
	cmark_iter_free(iter);
}

static void add_variables(bool dark, struct str *b)
{
	for (const struct svg_colour *c = svg_colours; c->name; c++)
		str_addf(b, "--%s:#%06x;", c->name, dark ? c->dark : c->light);
}

static char *whole(const struct page *p, const char *title)
{
	struct str b = { 0 };
	str_addf(&b, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n"
	             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
	             "<link rel=\"icon\" href=\"data:,\">\n<title>");
	escaped(&b, title);
	str_addf(&b, "</title>\n<style>\n:root{");
	add_variables(false, &b);
	str_addf(&b, "}\n@media screen and (prefers-color-scheme:dark){:root{");
	add_variables(true, &b);
	str_addf(&b, "}}\n%s</style>\n</head>\n<body>\n<nav aria-label=\"Contents\">\n<details open>\n<summary>Contents</summary>\n<ul>\n%s</ul>\n"
	             "</details>\n</nav>\n<main>\n%s</main>\n</body>\n</html>\n", html_style, str_get(&p->toc), str_get(&p->body));
	return b.s;
}

static void parser_freep(cmark_parser **parser)
{
	cmark_parser_free(*parser);
}

static void node_freep(cmark_node **node)
{
	cmark_node_free(*node);
}

int html_text(const char *md, const char *title, const char *svg_dir, char **ret, struct err *err)
{
	cmark_gfm_core_extensions_ensure_registered();
	cleanup(parser_freep) cmark_parser *parser = cmark_parser_new(DIALECT);
	cmark_syntax_extension *tables = cmark_find_syntax_extension("table");
	if (!tables || !cmark_parser_attach_syntax_extension(parser, tables))
		return err_setf(err, -ENOTSUP, "cmark-gfm has no tables; expected its extension 'table'");
	cmark_parser_feed(parser, md, strlen(md));
	cleanup(node_freep) cmark_node *document = cmark_parser_finish(parser);
	glue_all(document);
	cleanup(page_free) struct page p = { .svg_dir = svg_dir, .extensions = cmark_parser_get_syntax_extensions(parser) };
	for (cmark_node *n = cmark_node_first_child(document); n; n = cmark_node_next(n)) {
		int r = add_block(&p, n, err);
		if (r < 0)
			return r;
	}
	*ret = whole(&p, title);
	return 0;
}
