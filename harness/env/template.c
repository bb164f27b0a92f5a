/* SPDX-License-Identifier: GPL-3.0-or-later */
/* template.c - split command lines and fill in placeholders. */
#include "env/template.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* In a parsed word a placeholder stands between these two, which no command line may hold. */
#define OPEN '\001'
#define CLOSE '\002'

struct splitter {
	const char *s;                  /* what is not yet read */
	const struct template_hole *holes;
	struct template *t;
	struct str word;
	bool in_word, quoted;
	bool list;                      /* a placeholder for a list is in the word */
	struct err *err;
};

static const struct template_hole *find_hole(const struct template_hole *holes, const char *name, size_t len)
{
	for (; holes->name; holes++)
		if (strlen(holes->name) == len && strncmp(holes->name, name, len) == 0)
			return holes;
	return NULL;
}

static int unknown_hole(const struct splitter *p, size_t len)
{
	err_setf(p->err, -EINVAL, "unknown placeholder {%.*s}; expected one of:", (int)len, p->s + 1);
	for (const struct template_hole *h = p->holes; h->name; h++)
		err_addf(p->err, " {%s}", h->name);
	return -EINVAL;
}

/* At a '{' that is meant. */
static int take_hole(struct splitter *p)
{
	size_t len = strspn(p->s + 1, "abcdefghijklmnopqrstuvwxyz");
	if (!len || p->s[len + 1] != '}')
		return err_setf(p->err, -EINVAL, "'%.12s' begins no placeholder; a brace that is meant as one stands in single quotes",
		                p->s);
	const struct template_hole *hole = find_hole(p->holes, p->s + 1, len);
	if (!hole)
		return unknown_hole(p, len);
	p->list |= hole->list;
	str_addf(&p->word, "%c%s%c", OPEN, hole->name, CLOSE);
	p->in_word = true;
	p->s += len + 2;
	return 0;
}

static void take_char(struct splitter *p, char c)
{
	str_add(&p->word, &c, 1);
	p->in_word = true;
}

static int end_command(struct splitter *p)
{
	struct template *t = p->t;
	if (!t->n || !t->commands[t->n - 1].n)
		return err_setf(p->err, -EINVAL, "a command is missing before '&&'");
	t->commands = xrealloc(t->commands, t->n + 1, sizeof(*t->commands));
	t->commands[t->n++] = (struct strv){ 0 };
	return 0;
}

static int end_word(struct splitter *p)
{
	struct template *t = p->t;
	if (!p->in_word)
		return 0;
	str_add(&p->word, "", 0);
	const char *w = p->word.s;
	int r = 0;
	if (!p->quoted && strcmp(w, "&&") == 0) {
		r = end_command(p);
	} else if (p->list && (w[0] != OPEN || strchr(w, CLOSE)[1])) {
		r = err_setf(p->err, -EINVAL, "%.*s{%.*s} stands for several arguments: it must be a word of its own",
		             (int)(strchr(w, OPEN) - w), w, (int)(strchr(w, CLOSE) - strchr(w, OPEN) - 1), strchr(w, OPEN) + 1);
	} else {
		if (!t->n) {
			t->commands = xcalloc(1, sizeof(*t->commands));
			t->n = 1;
		}
		strv_add(&t->commands[t->n - 1], w);
	}
	str_free(&p->word);
	p->in_word = p->quoted = p->list = false;
	return r;
}

/* From the opening quote to behind the closing one. */
static int take_quoted(struct splitter *p)
{
	const char *begin = p->s;
	char quote = *p->s++;
	p->in_word = p->quoted = true;
	while (*p->s && *p->s != quote) {
		int r = 0;
		if (quote == '"' && *p->s == '{') {
			r = take_hole(p);
		} else {
			if (quote == '"' && *p->s == '\\' && p->s[1] && strchr("\"\\{", p->s[1]))
				p->s++;
			take_char(p, *p->s++);
		}
		if (r < 0)
			return r;
	}
	if (!*p->s)
		return err_setf(p->err, -EINVAL, "the quote %c of %.20s is not closed", quote, begin);
	p->s++;
	return 0;
}

static int split(struct splitter *p)
{
	int r = 0;
	while (*p->s && r == 0) {
		unsigned char c = (unsigned char)*p->s;
		if (c == ' ' || c == '\t') {
			r = end_word(p);
			p->s++;
		} else if (iscntrl(c)) {
			r = err_setf(p->err, -EINVAL, "a command line must not hold the control character %u", c);
		} else if (c == '\'' || c == '"') {
			r = take_quoted(p);
		} else if (c == '{') {
			r = take_hole(p);
		} else if (c == '\\') {
			if (!p->s[1])
				return err_setf(p->err, -EINVAL, "nothing follows the backslash at the end");
			take_char(p, p->s[1]);
			p->quoted = true;
			p->s += 2;
		} else {
			take_char(p, (char)c);
			p->s++;
		}
	}
	return r < 0 ? r : end_word(p);
}

int template_parse(const char *text, const struct template_hole *holes, struct template *ret, struct err *err)
{
	struct template t = { 0 };
	struct splitter p = { .s = text, .holes = holes, .t = &t, .err = err };
	int r = split(&p);
	str_free(&p.word);
	if (r == 0 && t.n && !t.commands[t.n - 1].n)
		r = err_setf(err, -EINVAL, "a command is missing behind '&&'");
	if (r < 0)
		template_free(&t);
	else
		*ret = t;
	return r;
}

void template_free(struct template *t)
{
	for (size_t i = 0; i < t->n; i++)
		strv_free(&t->commands[i]);
	free(t->commands);
	*t = (struct template){ 0 };
}

bool template_uses(const struct template *t, const char *hole)
{
	cleanup_free char *mark = xasprintf("%c%s%c", OPEN, hole, CLOSE);
	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < t->commands[i].n; k++)
			if (strstr(t->commands[i].v[k], mark))
				return true;
	return false;
}

static const struct template_value *find_value(const struct template_value *values, const char *name, size_t len)
{
	while (values->name && (strlen(values->name) != len || strncmp(values->name, name, len) != 0))
		values++;
	return values;
}

static void expand_word(const char *w, const struct template_value *values, struct strv *ret)
{
	struct str b = { 0 };
	bool list = false;
	for (;;) {
		const char *open = strchr(w, OPEN);
		str_add(&b, w, open ? (size_t)(open - w) : strlen(w));
		if (!open)
			break;
		const char *close = strchr(open, CLOSE);
		const struct template_value *v = find_value(values, open + 1, (size_t)(close - open - 1));
		if (v->text)
			str_add(&b, v->text, strlen(v->text));
		for (size_t i = 0; v->list && i < v->list->n; i++)
			strv_add(ret, v->list->v[i]);
		list |= !v->text;
		w = close + 1;
	}
	if (!list)
		strv_add(ret, str_get(&b));
	str_free(&b);
}

void template_expand(const struct template *t, size_t i, const struct template_value *values, struct strv *ret)
{
	for (size_t k = 0; k < t->commands[i].n; k++)
		expand_word(t->commands[i].v[k], values, ret);
}

char *template_show(const struct strv *args)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+,./:@%^";
	struct str b = { 0 };
	for (size_t i = 0; i < args->n; i++) {
		const char *w = args->v[i];
		str_add(&b, " ", b.len > 0);
		if (*w && w[strspn(w, plain)] == '\0') {
			str_add(&b, w, strlen(w));
			continue;
		}
		str_add(&b, "'", 1);
		for (; *w; w++)
			str_add(&b, *w == '\'' ? "'\\''" : w, *w == '\'' ? 4 : 1);
		str_add(&b, "'", 1);
	}
	return b.s ? b.s : xstrdup("");
}
