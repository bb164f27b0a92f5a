/* SPDX-License-Identifier: GPL-3.0-or-later */
/* str.h - growing strings, key/value lists, and numbers with units as people write them.
 *
 * Running out of memory ends the process: no caller could go on. */
#ifndef ISOCOST_STR_H
#define ISOCOST_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
char *xstrdup(const char *s);                           /* NULL gives NULL */
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A growing string; {0} is empty. s is NUL-terminated once anything was added. The owner calls str_free. */
struct str {
	char *s;
	size_t len, cap;
};
void str_addf(struct str *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_add(struct str *b, const void *data, size_t len);
void str_free(struct str *b);
const char *str_get(const struct str *b);               /* never NULL */

/* A list of strings, NULL-terminated in v once anything was added; {0} is empty. */
struct strv {
	char **v;
	size_t n;
};
void strv_add(struct strv *l, const char *s);           /* copies s */
void strv_addf(struct strv *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strv_free(struct strv *l);
bool strv_has(const struct strv *l, const char *s);
/* Split at any of the separators, trimming blanks; empty parts are left out. */
void strv_split(struct strv *ret, const char *s, const char *separators);

/* An ordered list of key and value; {0} is empty. line is where it stood in its file, 0 if nowhere. */
struct kv {
	char *key, *val;
	int line;
};
struct kvs {
	struct kv *v;
	size_t n;
};
void kvs_set(struct kvs *l, const char *key, const char *val, int line);        /* copies; replaces an equal key */
void kvs_setf(struct kvs *l, const char *key, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
const char *kvs_get(const struct kvs *l, const char *key);                      /* NULL when absent */
void kvs_copy(struct kvs *to, const struct kvs *from);
void kvs_free(struct kvs *l);

/* Numbers as people write them. 0, or -EINVAL / -ERANGE; *ret changes only on success.
 * Sizes: 4096, 4KiB, 64MiB, 1GiB, also K M G (binary) ; kB MB GB are decimal. Durations: 10s, 250ms, 5m, 1h, 30 (seconds). */
int parse_u64(const char *s, uint64_t *ret);
int parse_size(const char *s, uint64_t *ret_bytes);
int parse_duration(const char *s, double *ret_s);
int parse_bool(const char *s, bool *ret);               /* on off yes no true false 1 0 */
int parse_percent(const char *s, double *ret);          /* 5%, 0.5%: as a fraction, not below 0; the sign must be there */

/* Trim blanks at both ends in place; returns the first that is not blank. */
char *str_trim(char *s);

#endif
